//! What a query's and a key's parts bring adds up to their score, for every head of every kind of model.

#[path = "../../headlight-model/tests/device/mod.rs"]
mod device;
mod kinds;
#[path = "../../headlight-model/tests/models/mod.rs"]
mod models;

use headlight_lens::{Asked, ExampleBatch, Examples, LensError, Part, Why, why};
use headlight_model::{AttentionKind, Head, NormPlacement, Positions, Sequences, Tokens, Traceable};
use headlight_record::findings::Chart;
use kinds::{Altered, kinds, numbers};

/// Every head at two queries, each with an early key and with the last that every kind of model has there.
fn asked(model: &impl Traceable) -> Vec<Asked> {
    let mut asked = Vec::new();
    for kind in AttentionKind::ALL {
        for layer in 0..model.n_layers(kind) {
            for head in 0..model.n_heads(kind) {
                for (query, key) in [(3, 0), (5, 4)] {
                    asked.push(Asked { head: Head { kind, layer, head }, query, key });
                }
            }
        }
    }
    asked
}

#[test]
fn parts_of_queries_and_keys_add_up_to_the_score() {
    let mut checked = 0;
    for (config, model, examples) in kinds() {
        let trace = Traceable::trace(&model, &examples.batches[0].input, &[]);
        for asked in asked(&model) {
            let Asked { head, query, key } = asked;
            let found = why(&model, &examples, asked).expect("it adds up");
            let of = trace.attention(head.kind)[head.layer];
            let [_, n_heads, queries, d_head] = of.query.dims();
            let [_, _, keys, _] = of.key.dims();
            let (q, k) = (numbers(of.query.clone()), numbers(of.key.clone()));
            let weights = numbers(of.weights.clone());
            for (row, terms) in found.terms.iter().enumerate() {
                let of_head = row * n_heads + head.head;
                let score = |key: usize| {
                    let q = &q[(of_head * queries + query) * d_head..][..d_head];
                    let k = &k[(of_head * keys + key) * d_head..][..d_head];
                    let product: f32 = q.iter().zip(k).map(|(q, k)| q * k).sum();
                    // ALiBi's slopes of three heads, 1/16, 1/256 and 1/4, by the distance.
                    let slope = if config.positions == Positions::Alibi {
                        [0.0625, 0.003_906_25, 0.25][head.head]
                    } else {
                        0.0
                    };
                    f64::from(product) / (d_head as f64).sqrt() - slope * query.abs_diff(key) as f64
                };
                let seen = if head.kind == AttentionKind::DecoderSelf { query + 1 } else { keys };
                let mean = (0..seen).map(score).sum::<f64>() / seen as f64;
                for (which, expected) in [(0, score(key)), (1, score(key) - mean)] {
                    for shares in [found.by_key(), found.by_query()] {
                        let sum: f64 = shares.iter().map(|(_, both)| both[which][row]).sum();
                        assert!((sum - expected).abs() < 1e-4, "{config:?}, {asked:?}: {sum} is not {expected}");
                    }
                }
                assert_eq!(terms.bias.is_some(), config.positions == Positions::Alibi);
                let weight = f64::from(weights[(of_head * queries + query) * keys + key]);
                assert_eq!(terms.weight, weight);
                checked += 1;
            }
        }
    }
    assert!(checked > 400, "{checked} scores");
}

#[test]
fn parts_are_what_came_before_the_head_and_biases_are_their_own() {
    for (config, model, examples) in kinds() {
        let head = Head { kind: AttentionKind::DecoderSelf, layer: 1, head: 2 };
        let found = why(&model, &examples, Asked { head, query: 5, key: 2 }).expect("it adds up");
        let has = |part: Part| found.key_parts.contains(&part);
        assert!(has(Part::TokenEmbedding) && has(Part::KeyBias) && has(Part::NormBiases), "{config:?}");
        assert!(!has(Part::QueryBias) && found.query_parts.contains(&Part::QueryBias));
        let adds = matches!(config.positions, Positions::Sinusoidal | Positions::Learned);
        assert_eq!(has(Part::PositionEncoding), adds, "{config:?}");
        assert!(found.key_parts.iter().all(|part| !matches!(part, Part::Head(head) if head.layer > 0)), "{config:?}");

        // In a pre-norm model a head of the first layer reads the embedding alone.
        let first = Head { layer: 0, ..head };
        let found = why(&model, &examples, Asked { head: first, query: 5, key: 2 }).expect("it adds up");
        let expected = 1 + usize::from(adds) + usize::from(config.norm == NormPlacement::Pre) + 1;
        assert_eq!(found.key_parts.len(), expected, "{config:?}");
    }
}

#[test]
fn what_is_not_there_is_refused() {
    let (_, model, examples) = kinds().next().expect("a decoder");
    let head = Head { kind: AttentionKind::DecoderSelf, layer: 1, head: 0 };
    let refused = |asked: Asked| why(&model, &examples, asked).map(|_: Why| ()).expect_err("a refusal");
    let asked = Asked { head, query: 3, key: 1 };
    for head in [Head { layer: 2, ..head }, Head { head: 3, ..head }, Head { kind: AttentionKind::Cross, ..head }] {
        assert!(matches!(refused(Asked { head, ..asked }), LensError::UnknownHead { .. }));
    }
    assert!(matches!(refused(Asked { query: 7, ..asked }), LensError::NoPosition { what: "query", length: 7, .. }));
    assert!(matches!(refused(Asked { key: 4, ..asked }), LensError::LaterKey { query: 3, key: 4 }));
    let computes_otherwise = why(&Altered::mislabelled(model), &examples, asked);
    assert!(matches!(computes_otherwise, Err(LensError::Sum { error, .. }) if error > 1e-4));
}

#[test]
fn findings_have_the_same_sums() {
    for (_, model, examples) in kinds() {
        let head = Head { kind: AttentionKind::DecoderSelf, layer: 1, head: 0 };
        let found = why(&model, &examples, Asked { head, query: 5, key: 2 }).expect("it adds up");
        let findings = found.findings();
        let mean = found.terms.iter().map(|terms| terms.given[0]).sum::<f64>() / 2.0;
        let Chart::Bars(bars) = &findings.charts[0] else { panic!("bars first") };
        assert!((bars.bars.iter().map(|bar| bar.value).sum::<f64>() - mean).abs() < 1e-4);
        let Chart::Grid(grid) = &findings.charts[2] else { panic!("then pairs") };
        let bias = found.terms.iter().filter_map(|terms| terms.bias).map(|[bias, _]| bias).sum::<f64>() / 2.0;
        assert!((grid.panels[0].1.iter().sum::<f64>() + bias - mean).abs() < 1e-4);
    }
}

#[test]
fn a_query_and_a_key_that_no_example_has_both_are_refused() {
    let (_, model, examples) = kinds().find(|(_, model, _)| model.has_encoder()).expect("an encoder and a decoder");
    let ExampleBatch { input, examples: rows } = &examples.batches[0];
    let cut = |source_length: usize, target_length: usize| {
        let tokens = |tokens: &Tokens, length: usize| Tokens::from(tokens.ids.clone().narrow(1, 0, length));
        let source = input.source.as_ref().map(|source| tokens(source, source_length));
        let mut rows = rows.clone();
        for example in &mut rows {
            example.source.truncate(source_length);
            example.target.truncate(target_length);
        }
        ExampleBatch { input: Sequences { source, target: tokens(&input.target, target_length) }, examples: rows }
    };
    let examples = Examples { batches: vec![cut(2, 5), cut(4, 3)], ..examples.clone() };
    let head = Head { kind: AttentionKind::Cross, layer: 0, head: 0 };
    let refused = why(&model, &examples, Asked { head, query: 4, key: 3 });
    assert!(matches!(refused, Err(LensError::NoExample { query: 4, key: 3 })), "{:?}", refused.err());
    assert_eq!(why(&model, &examples, Asked { head, query: 4, key: 1 }).expect("one shape has both").terms.len(), 2);
}
