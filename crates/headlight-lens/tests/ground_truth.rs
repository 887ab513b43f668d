//! What the lens finds in transformers compiled from programs is what was written.
//!
//! The programs, and what JAX says of them, are `headlight-pretrained/programs/`.

use std::collections::BTreeMap;

use headlight_device::DeviceName;
use headlight_lens::{
    AblationConfig, Example, ExampleBatch, Examples, HeadScores, Prediction, Thresholds, ablate, head_scores,
};
use headlight_model::{AttentionKind, Head, Sequences, Site, Stack};
use headlight_pretrained::{Compiled, Question};
use headlight_record::Origin;
use headlight_record::findings::Counted;
use headlight_record::findings::{Ablation, Replacement};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../headlight-pretrained/programs");
const PROGRAMS: [&str; 7] = ["first", "histogram", "induction", "previous", "reverse", "shuffle_dyck", "sort_unique"];

/// A program's model, and its questions.
fn read(name: &str) -> (Compiled, Examples<Sequences>) {
    let read = |ending: &str| std::fs::read(format!("{DIRECTORY}/{name}.{ending}")).expect("a program has two files");
    let device = DeviceName::default().open().expect("the default device");
    let model = Compiled::from_bytes(&read("json"), &read("safetensors"), &device).expect("it is read");
    let mut by_length: BTreeMap<usize, Vec<&Question>> = BTreeMap::new();
    for question in &model.program().questions {
        by_length.entry(question.tokens.len()).or_default().push(question);
    }
    let batches = by_length.into_values().map(|questions| ExampleBatch {
        input: model.input(&questions.iter().map(|question| &question.tokens[..]).collect::<Vec<_>>()),
        examples: questions.into_iter().map(|question| example(question, model.attention_kind())).collect(),
    });
    let examples = Examples {
        batches: batches.collect(),
        vocabulary: model.program().tokens.clone(),
        answers: model.program().outputs.clone(),
        counted: Counted::default(),
        origin: Origin::default(),
        seed: 0,
    };
    (model, examples)
}

fn example(question: &Question, kind: AttentionKind) -> Example {
    let Question { tokens, answers } = question.clone();
    let [source, target] = if kind == AttentionKind::EncoderSelf { [tokens, vec![]] } else { [vec![], tokens] };
    let answer = answers.into_iter().map(|(position, token)| Prediction { position, token }).collect();
    Example { source, target, answer, needed: BTreeMap::new() }
}

fn scores(name: &str) -> HeadScores {
    let (model, examples) = read(name);
    head_scores(&model, &examples, None, &Thresholds::default())
}

#[test]
fn heads_are_named_by_what_was_written() {
    let cases = [
        ("previous", 0, "previous", "previous token"),
        ("first", 0, "first", "first token"),
        ("histogram", 0, "equal", "equal tokens"),
        ("reverse", 3, "mirrored", "mirrored position"),
        ("induction", 0, "previous", "previous token"),
        ("induction", 1, "induction", "induction"),
    ];
    for (program, layer, score, role) in cases {
        let found = scores(program);
        let head = found.heads.iter().find(|found| found.head.layer == layer).expect("the head is there");
        assert_eq!(head.head.head, 0, "these programs have one head a layer");
        let mean = head.scores[score].mean;
        assert!(mean >= 0.99, "{program}, layer {layer}: {score} {mean}");
        assert_eq!(head.roles.first().map(String::as_str), Some(role), "{program}, layer {layer}: {:?}", head.roles);
    }
}

#[test]
fn heads_that_were_not_written_have_no_role() {
    // The compiler fills layers in which the program needs no head with one that attends evenly to all.
    let found = scores("reverse");
    for layer in [1, 2] {
        let head = found.heads.iter().find(|found| found.head.layer == layer).expect("the head is there");
        assert!(head.roles.is_empty(), "layer {layer}: {:?}", head.roles);
        let [score, entropy] = ["mirrored", "entropy"].map(|name| head.scores[name].mean);
        assert!(score < 0.4 && entropy > 1.5, "layer {layer}: {score}, {entropy}");
    }
}

#[test]
fn parts_matter_as_much_as_jax_says() {
    // Equal numbers, and so the same order by causal effect.
    for name in PROGRAMS {
        let (model, examples) = read(name);
        let config = AblationConfig { with: vec![Replacement::Zero], ..AblationConfig::default() };
        let findings = ablate(&model, &examples, &config).expect("nothing is chosen that is not there");
        assert_eq!(findings.baseline.expect("the unchanged model").exact_match.mean, 1.0, "{name}");

        let found: Vec<(Site, f64)> = findings.ablations.iter().map(|one| (site(one), one.exact_match)).collect();
        let oracle = &model.program().exact_match_when_zeroed;
        assert_eq!(found.len(), oracle.len(), "{name}: every part is replaced");
        for (site, exact_match) in oracle {
            let (_, ours) = found.iter().find(|(found, _)| found == site).expect("every part is replaced");
            assert_eq!(ours, exact_match, "{name}, {site:?}");
        }
    }
}

/// The part that was replaced alone.
fn site(ablation: &Ablation) -> Site {
    match (&ablation.heads[..], &ablation.feed_forward[..]) {
        (&[head], []) => Site::Context(head),
        ([], [layer]) => {
            let stack = if layer.stack == AttentionKind::EncoderSelf { Stack::Encoder } else { Stack::Decoder };
            Site::FeedForward(stack, layer.layer)
        }
        _ => panic!("{} is not one part", ablation.what),
    }
}

#[test]
fn the_head_that_does_the_work_is_the_one_that_matters() {
    let (model, examples) = read("reverse");
    let config = AblationConfig { with: vec![Replacement::Zero], ..AblationConfig::default() };
    let findings = ablate(&model, &examples, &config).expect("nothing is chosen that is not there");
    let head = |layer| Head { kind: AttentionKind::EncoderSelf, layer, head: 0 };
    let change = |layer| {
        let alone = findings.ablations.iter().find(|one| one.heads == [head(layer)]);
        alone.expect("every head is replaced").exact_match_change
    };
    assert_eq!([1, 2].map(change), [0.0; 2], "heads that were not written");
    assert_eq!(change(3), -1.0, "the head that looks at the mirrored position");
}
