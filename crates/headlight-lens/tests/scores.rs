//! Scores of heads on weights that were made by hand.

mod fixed;

use std::collections::BTreeMap;

use fixed::{Fixed, alone, device, example};
use headlight_lens::{Example, Examples, HeadScores, Thresholds, head_scores, recorded_roles};
use headlight_model::{Architecture, AttentionKind, Sequences};
use headlight_record::{AttentionRecord, Origin};
use headlight_train::{ModelConfig, PairFile, Spelling, Task, tasks};

use AttentionKind::{Cross, DecoderSelf, EncoderSelf};

fn scores_of(kind: AttentionKind, of: Example, heads: Vec<Vec<f32>>) -> HeadScores {
    let size = [of.queries(kind).len(), of.keys(kind).len()];
    head_scores(&Fixed { kind, heads, size }, &alone(of), None, &Thresholds::default())
}

/// The means of the first head's scores.
fn means(scores: &HeadScores) -> BTreeMap<&str, f64> {
    scores.heads[0].scores.iter().map(|(name, score)| (name.as_str(), score.mean)).collect()
}

/// Two digits are enough to tell numbers worked out by hand.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

#[test]
fn a_decoders_head_by_hand() {
    // Query 0 sees itself alone, so that it says nothing. The other rows, over BOS a b a:
    let weights = [
        [1.0, 0.0, 0.0, 0.0], //
        [0.5, 0.5, 0.0, 0.0],
        [0.25, 0.25, 0.5, 0.0],
        [0.125, 0.25, 0.125, 0.5],
    ];
    let mut of = example("", "^aba");
    of.needed.insert(DecoderSelf, vec![vec![], vec![], vec![], vec![1, 2]]);
    let scores = scores_of(DecoderSelf, of, vec![weights.concat()]);
    let found = means(&scores);
    let expected = [
        ("previous", (0.5 + 0.25 + 0.125) / 3.0),
        ("same", (0.5 + 0.5 + 0.5) / 3.0),
        ("bos", (0.5 + 0.25 + 0.125) / 3.0),
        ("first", (0.5 + 0.25 + 0.25) / 3.0),
        // Of what is not on BOS, 0.5 + 0.75 + 0.875: a on itself, b on itself, a on both.
        ("equal", (0.5 + 0.5 + 0.75) / 2.125),
        // The last a alone has one before it, at position 1, and b came after that.
        ("duplicate", 0.25),
        ("induction", 0.125),
        // Query 1 cannot see its mirror 3, nor query 2 any but itself; query 3 sees 1.
        ("mirrored", (0.5 + 0.25) / 2.0),
        ("needed", 0.375),
        ("entropy", (1.0 + 1.5 + 1.75) / 3.0),
        // Offset 0 has half of every row.
        ("best_offset", 0.0),
        ("offset", 0.5),
        ("previous_token_head_mul", 0.875 / 4.0),
        ("duplicate_token_head_mul", 0.25 / 4.0),
        ("induction_head_mul", 0.125 / 4.0),
        // Σ|A − D| = what is not on D, and what D has more: 4 − 0.875 + 3 − 0.875.
        ("previous_token_head_abs", 1.0 - 5.25 / 4.0),
        ("duplicate_token_head_abs", 1.0 - (4.0 - 0.25 + 1.0 - 0.25) / 4.0),
        ("induction_head_abs", 1.0 - (4.0 - 0.125 + 1.0 - 0.125) / 4.0),
    ];
    let expected: BTreeMap<&str, f64> = expected.into_iter().collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "a decoder sees no next token");
    for (name, expected) in expected {
        assert_eq!(rounded(found[name]), rounded(expected), "{name}");
    }
}

/// For each pattern, keys of each query worked out by hand: a head that looks there alone, evenly, scores 1.
#[test]
fn heads_that_do_one_thing_score_1_and_are_called_by_it() {
    // (what, kind, source, target, keys of each query; a query without any looks at BOS, or at the last key where there is no BOS)
    let cases: [(&str, _, _, _, &[&[usize]]); 14] = [
        ("previous token", DecoderSelf, "", "^abca", &[&[], &[0], &[1], &[2], &[3]]),
        ("duplicate token", DecoderSelf, "", "^abab", &[&[], &[], &[], &[1], &[2]]),
        ("induction", DecoderSelf, "", "^abcab", &[&[], &[], &[], &[], &[2], &[3]]),
        ("first token", DecoderSelf, "", "^bcde", &[&[], &[1], &[1], &[1], &[1]]),
        ("BOS", DecoderSelf, "", "^abcd", &[&[], &[], &[], &[], &[]]),
        ("equal tokens", DecoderSelf, "", "^abaa", &[&[], &[1], &[2], &[1, 3], &[1, 3, 4]]),
        ("mirrored position", DecoderSelf, "", "^abcde", &[&[], &[], &[], &[3], &[2], &[1]]),
        ("next token", EncoderSelf, "abcde", "", &[&[1], &[2], &[3], &[4], &[0]]),
        ("equal tokens", EncoderSelf, "abcab", "", &[&[0, 3], &[1, 4], &[2], &[0, 3], &[1, 4]]),
        ("duplicate token", EncoderSelf, "abcab", "", &[&[3], &[4], &[0], &[0], &[1]]),
        ("mirrored position", EncoderSelf, "^abcde", "", &[&[0], &[5], &[4], &[3], &[2], &[1]]),
        ("same position", Cross, "abcd", "^dcb", &[&[0], &[1], &[2], &[3]]),
        ("mirrored position", Cross, "abcd", "^dcb", &[&[3], &[2], &[1], &[0]]),
        ("induction", Cross, "abcde", "^abcd", &[&[0], &[1], &[2], &[3], &[4]]),
    ];
    for (role, kind, source, target, keys) in cases {
        let of = example(source, target);
        let n_keys = of.keys(kind).len();
        let row = |keys: &&[usize]| {
            let keys = if keys.is_empty() { &[0] } else { *keys };
            (0..n_keys).map(|key| if keys.contains(&key) { 1.0 / keys.len() as f32 } else { 0.0 }).collect::<Vec<f32>>()
        };
        let weights = keys.iter().flat_map(row).collect();
        let scores = scores_of(kind, of, vec![weights]);
        let score = scores.scores.iter().find(|score| score.title == role).expect("a score of that title");
        let found = scores.heads.iter().find(|found| found.head.kind == kind).expect("a head of that kind");
        assert!(found.scores[&score.name].mean > 0.999, "{role}, {kind}: {found:?}");
        assert!(found.roles.contains(&score.title), "{role}, {kind}: {found:?}");
    }
}

#[test]
fn a_head_that_attends_evenly_is_called_nothing_however_low_the_threshold() {
    let of = example("aabab", "");
    let evenly = vec![0.2; 25];
    let scores = head_scores(
        &Fixed { kind: EncoderSelf, heads: vec![evenly], size: [5, 5] },
        &alone(of),
        None,
        &Thresholds::of_all(0.0),
    );
    let uniform: BTreeMap<&str, f64> =
        scores.uniform[0].1.iter().map(|(name, score)| (name.as_str(), rounded(score.mean))).collect();
    assert_eq!(
        means(&scores).into_iter().map(|(name, mean)| (name, rounded(mean))).collect::<BTreeMap<_, _>>(),
        uniform
    );
    assert_eq!(uniform["equal"], rounded((3.0 * 3.0 + 2.0 * 2.0) / 25.0));
    assert!(scores.heads[0].roles.is_empty(), "{:?}", scores.heads[0].roles);
}

#[test]
fn a_threshold_of_its_own_makes_a_role_of_a_lower_score() {
    let rows = [[1.0, 0.0, 0.0], [0.6, 0.4, 0.0], [0.35, 0.55, 0.1]];
    let of = || alone(example("", "^ab"));
    let model = Fixed { kind: DecoderSelf, heads: vec![rows.concat()], size: [3, 3] };
    let roles = |thresholds: Thresholds| head_scores(&model, &of(), None, &thresholds).heads.remove(0).roles;
    // 0.55 on the mirrored position, where uniform attention has 1/3; 0.575 on the previous token, where it has 1/2 and 1/3.
    assert_eq!(roles(Thresholds::of_all(0.5)), ["mirrored position", "previous token"]);
    assert_eq!(roles(Thresholds::of_all(0.5).with("previous", 0.6)), ["mirrored position"]);
    // 0.475 on the first token, where uniform attention has 1/2 and 1/3 on it.
    assert_eq!(roles(Thresholds::of_all(0.7).with("first", 0.45)), ["first token"]);
}

/// Its own token is an equal one, so that its score for equal tokens is no lower than for its own position.
#[test]
fn a_head_that_attends_to_itself_is_not_first_called_by_equal_tokens() {
    let of = || example("", "^abacab");
    let row = |query: usize| {
        let mut row = [0.0; 7];
        row[0] += 0.1;
        row[query] += 0.9;
        row
    };
    let weights = (0..7).flat_map(row).collect();
    let roles = scores_of(DecoderSelf, of(), vec![weights]).heads.remove(0).roles;
    assert_eq!(roles, ["same position", "equal tokens"]);

    // One that attends to all equal tokens attends to itself as well, but not only.
    let equal = |query: usize| -> Vec<f32> {
        let tokens = of().target;
        let keys = (0..7).map(|key| key <= query && tokens[key] == tokens[query]);
        let count = keys.clone().filter(|is_equal| *is_equal).count() as f32;
        keys.map(|is_equal| f32::from(u8::from(is_equal)) / count).collect()
    };
    let roles = scores_of(DecoderSelf, of(), vec![(0..7).flat_map(equal).collect()]).heads.remove(0).roles;
    assert_eq!(roles[..2], ["equal tokens", "same position"]);
}

#[test]
fn rows_that_see_nothing_count_for_nothing() {
    let rows = [[1.0, 0.0, 0.0], [0.0; 3], [0.0, 1.0, 0.0]];
    let scores = scores_of(DecoderSelf, example("", "^ab"), vec![rows.concat()]);
    let found = means(&scores);
    assert_eq!([found["previous"], found["entropy"], found["offset"]], [1.0, 0.0, 1.0]);
    assert_eq!(rounded(found["previous_token_head_mul"]), 0.5);
}

#[test]
fn nothing_is_repeated_where_there_is_nothing_to_draw() {
    let pairs = b"<pad>\t</s>\n</s>\t<pad>\n<pad> </s>\t</s>\n";
    let pairs = PairFile::from_bytes("pairs.txt".as_ref(), Spelling::Words, pairs).expect("pairs");
    let task = Task::of_pairs(pairs, Architecture::Decoder);
    let example = |text: &str| {
        let source = task.encode(text).expect("its tokens");
        headlight_train::Example { answer: task.answer(&source).expect("a pair"), source }
    };
    let marks = [example("<pad>"), example("</s>"), example("<pad> </s>")];
    let examples = Examples::of_task(&task, &marks, Origin::default(), 0, &device());
    assert!(examples.repeated_length() > 1);
    assert!(examples.of_repeated_tokens(examples.repeated_length()).is_none());

    let induction = Task::new(&tasks::induction::SPEC, Architecture::Decoder);
    let held_out = induction.held_out(0, 10).examples;
    let examples = Examples::of_task(&induction, &held_out, Origin::default(), 0, &device());
    assert!(examples.of_repeated_tokens(1).is_none() && examples.of_repeated_tokens(2).is_some());
}

#[test]
fn repeated_tokens_come_twice_and_are_tokens_of_the_questions() {
    let task = Task::new(&tasks::induction::SPEC, Architecture::Decoder);
    let held_out = task.held_out(0, 100).examples;
    let examples = Examples::of_task(&task, &held_out, Origin::default(), 5, &device());
    let repeated = examples.of_repeated_tokens(8).expect("tokens to draw");
    let symbols: std::collections::BTreeSet<usize> =
        held_out.iter().flat_map(|example| example.source.clone()).collect();
    for example in repeated.iter() {
        assert_eq!(examples.vocabulary[example.target[0]], "BOS");
        assert_eq!(example.target[1..9], example.target[9..]);
        assert!(example.target[1..].iter().all(|token| symbols.contains(token)));
    }
    assert_eq!(repeated.count(), 64);
    let targets =
        |examples: &Examples<Sequences>| examples.iter().map(|example| example.target.clone()).collect::<Vec<_>>();
    assert_eq!(targets(&repeated), targets(&examples.of_repeated_tokens(8).expect("the same")));

    let model = ModelConfig::default().for_task(&task, 0).init(&device());
    let scores = head_scores(&model, &examples, Some(&repeated), &Thresholds::default());
    assert_eq!(scores.repeated, Some([64, 8]));
    let findings = scores.findings();
    assert_eq!(findings.heads.len(), model.config().n_layers * model.config().n_heads);
    let names: Vec<&str> = findings.scores.iter().map(|score| score.name.as_str()).collect();
    for name in ["previous", "needed", "repeated_previous", "repeated_duplicate", "repeated_induction"] {
        assert!(names.contains(&name), "{name}");
        assert!(findings.heads.iter().all(|found| found.scores[name].examples > 0), "{name}");
    }
    assert_eq!(findings.heads[0].scores["repeated_induction"].examples, 64);
    assert_eq!(findings, head_scores(&model, &examples, Some(&repeated), &Thresholds::default()).findings());
    for table in &findings.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
    }
}

#[test]
fn scores_do_not_depend_on_how_many_examples_lie_side_by_side() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let task = Task::new(&tasks::sort::SPEC, architecture);
        let held_out = task.held_out(0, 30).examples;
        let examples = Examples::of_task(&task, &held_out, Origin::default(), 5, &device());
        let model = ModelConfig::default().for_task(&task, 0).init(&device());
        let repeated = examples.of_repeated_tokens(4).expect("tokens to draw");
        let scores = |examples: &Examples<Sequences>, repeated: &Examples<Sequences>| {
            let repeated = (architecture == Architecture::Decoder).then_some(repeated);
            head_scores(&model, examples, repeated, &Thresholds::default())
        };
        let few = examples.clone().in_batches_of(7);
        assert!(few.batches.len() > 4 && few.batches.iter().all(|batch| batch.examples.len() <= 7));
        assert!(few.iter().eq(examples.iter()), "the same examples, in the same order");
        let (one, other) = (scores(&examples, &repeated), scores(&few, &repeated.clone().in_batches_of(7)));
        assert_eq!((one.examples, one.repeated), (other.examples, other.repeated));
        for (one, other) in one.heads.iter().zip(&other.heads) {
            assert_eq!(one.head, other.head);
            for (name, score) in &one.scores {
                let (mean, other) = (score.mean, other.scores[name].mean);
                assert!((mean - other).abs() < 1e-5, "{}, {name}: {mean} and {other}", one.head);
            }
        }
    }
}

#[test]
fn a_record_alone_says_what_the_model_says_on_its_example() {
    let mut random = 7u64;
    let mut number = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 40) as f32 / (1u64 << 24) as f32
    };
    for (kind, source, target) in [(DecoderSelf, "", "^abcab"), (EncoderSelf, "abcab", ""), (Cross, "abca", "^abc")] {
        let mut of = example(source, target);
        let (queries, keys) = (of.queries(kind).len(), of.keys(kind).len());
        of.needed.insert(kind, (0..queries).map(|query| vec![query % keys.min(query + 1)]).collect());
        let mut head = |sharp: i32| -> Vec<f32> {
            let visible = |query: usize| if kind == DecoderSelf { query + 1 } else { keys };
            let row = |query: usize| {
                let mut row: Vec<f32> =
                    (0..keys).map(|key| if key < visible(query) { number().powi(sharp) + 1e-6 } else { 0.0 }).collect();
                let sum: f32 = row.iter().sum();
                row.iter_mut().for_each(|weight| *weight /= sum);
                row
            };
            (0..queries).flat_map(row).collect()
        };
        let heads = vec![head(1), head(9), head(30), head(60)];
        // Tokens by their names: equal ones stay equal, and the beginning stays one.
        let names =
            |tokens: &[usize]| tokens.iter().map(|token| alone(of.clone()).vocabulary[*token].clone()).collect();
        let record = AttentionRecord::new(
            kind,
            [1, 4, queries, keys],
            heads.concat(),
            names(of.queries(kind)),
            names(of.keys(kind)),
            Origin::default(),
        );
        let record = record.and_then(|record| record.with_alignment(of.needed[&kind].clone())).expect("a record");
        let from_record = recorded_roles(&record, &Thresholds::default());
        let from_model = scores_of(kind, of, heads);
        assert!(from_model.heads.iter().any(|head| !head.roles.is_empty()), "{kind}: no role to compare");
        let heads_of_kind = || from_model.heads.iter().filter(|head| head.head.kind == kind);
        assert_eq!(from_record.len(), heads_of_kind().count());
        for (found, expected) in from_record.iter().zip(heads_of_kind()) {
            let names: Vec<&String> = found.roles.iter().map(|role| &role.0).collect();
            assert_eq!((found.head, names), (expected.head, expected.roles.iter().collect()));
            for (role, score) in &found.roles {
                let named = from_model.scores.iter().find(|known| known.title == *role).expect("a score");
                assert_eq!(*score, expected.scores[&named.name].mean);
            }
        }
    }
}
