//! The lenses on models as transformers saves them, one small model a family: their parts add up to what the model computed, changes act,
//! and no output depends on what it must not see.
//!
//! The models are `headlight-pretrained/goldens/`, whose recipe is beside them.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use headlight_device::DeviceName;
use headlight_lens::{
    AblationConfig, Asked, Decomposition, Example, ExampleBatch, Examples, LensError, Part, Prediction, ablate, check,
    circuits, explanation, flow, logits, tokens, why,
};
use headlight_model::{At, AttentionKind, BesideTokens, Head, Intervention, NormSite, Sequences, Site, Stack};
use headlight_pretrained::{Attends, Model, Opened, Predicts, known_families, open};
use headlight_record::Origin;
use headlight_record::findings::{Counted, Replacement};

type TextModel = dyn Attends<Input = Sequences>;

/// Every family of text, as it was opened.
fn families() -> Vec<(String, Opened)> {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("../headlight-pretrained/goldens");
    let device = DeviceName::default().open().expect("the default device");
    let known: Vec<&str> = known_families().collect();
    let mut names: Vec<String> = std::fs::read_dir(&goldens)
        .expect("the goldens")
        .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
        .filter(|name| known.contains(&&name[..]))
        .collect();
    names.sort();
    let opened = names.into_iter().map(|name| {
        let opened = open(&goldens.join(&name), &device).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, opened)
    });
    let of_text: Vec<_> = opened.filter(|(_, opened)| matches!(opened.model, Model::Text(_))).collect();
    assert!(of_text.len() >= 12, "{} families", of_text.len());
    of_text
}

fn text(opened: &Opened) -> &TextModel {
    let Model::Text(model) = &opened.model else { panic!("a model of text") };
    model.as_ref()
}

/// Six sequences without a task: three lengths of two, of tokens beyond the special ones.
fn examples(opened: &Opened) -> Examples<Sequences> {
    let model = text(opened);
    let vocab_size = model.token_embedding(model.output_stack()).dims()[0];
    let has_both = model.n_layers(AttentionKind::Cross) > 0;
    let drawn = |nth: usize, length: usize| -> Vec<usize> {
        (0..length).map(|at| 5 + (7 * at * at + 13 * nth + 3 * at) % (vocab_size - 5)).collect()
    };
    let example = |nth: usize| {
        let length = 6 + nth / 2;
        let read = drawn(nth, length);
        let next = |ids: &[usize]| -> Vec<Prediction> {
            ids.iter().enumerate().skip(1).map(|(at, id)| Prediction { position: at - 1, token: *id }).collect()
        };
        let answer = match &opened.facts.predicts {
            Predicts::NextToken => next(&read),
            Predicts::MaskedToken => vec![Prediction { position: 2, token: read[2] }],
            Predicts::Label { .. } | Predicts::NotBuilt(_) | Predicts::Nothing => Vec::new(),
        };
        let (source, target) = match (has_both, model.output_stack()) {
            (true, _) => (drawn(nth + 7, length + 1), read),
            (false, Stack::Encoder) => (read, vec![]),
            (false, Stack::Decoder) => (vec![], read),
        };
        Example { source, target, answer, needed: BTreeMap::new() }
    };
    let vocabulary: Vec<String> = (0..vocab_size).map(|id| id.to_string()).collect();
    Examples {
        batches: ExampleBatch::of_sequences((0..6).map(example).collect(), 64, &device()),
        answers: vocabulary.clone(),
        vocabulary,
        counted: Counted::Tokens,
        origin: Origin::default(),
        seed: 0,
    }
}

fn device() -> Device {
    DeviceName::default().open().expect("the default device")
}

fn heads(model: &TextModel) -> Vec<Head> {
    let of_kind = |kind| {
        let layers = 0..model.n_layers(kind);
        layers.flat_map(move |layer| (0..model.n_heads(kind)).map(move |head| Head { kind, layer, head }))
    };
    AttentionKind::ALL.into_iter().flat_map(of_kind).collect()
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter().collect()
}

fn distance<const D: usize>(one: &Tensor<D>, other: &Tensor<D>) -> f32 {
    numbers(one.clone() - other.clone()).into_iter().fold(0.0, |most, number| most.max(number.abs()))
}

#[test]
fn batches_hold_examples_of_one_shape_and_few_tokens() {
    for (name, opened) in families() {
        let examples = examples(&opened);
        assert_eq!(examples.count(), 6, "{name}");
        for batch in &examples.batches {
            assert_eq!(batch.input.target.ids.dims()[0], batch.examples.len(), "{name}");
            let of_one: usize = batch.examples[0].source.len() + batch.examples[0].target.len();
            assert!(batch.examples.len() * of_one <= 64, "{name}");
        }
        let one_by_one = ExampleBatch::of_sequences(examples.iter().cloned().collect(), 1, &device());
        assert_eq!(one_by_one.len(), 6, "{name}: one example is more than so many tokens");
    }
}

#[test]
fn parts_add_up_at_every_site() {
    for (name, opened) in families() {
        let (model, examples) = (text(&opened), examples(&opened));
        let batch = &examples.batches[0];
        let trace = model.trace(&batch.input, &[]);
        let mut sites = 0;
        for stack in [Stack::Encoder, Stack::Decoder] {
            let Some(of_stack) = trace.stack(stack) else { continue };
            let ids = tokens(&batch.examples, stack, &device());
            let of_layer = |layer: usize| {
                let cross = of_stack.layers[layer].cross_attention.is_some();
                let cross = cross.then_some(NormSite::CrossAttention(layer));
                let first = [NormSite::SelfAttention(stack, layer)].into_iter().chain(cross);
                first.chain([NormSite::FeedForward(stack, layer)])
            };
            let all = (0..of_stack.layers.len()).flat_map(of_layer).chain([NormSite::Final(stack)]);
            for site in all {
                for found in [
                    Decomposition::of_stream(model, &trace, ids.clone(), site),
                    Decomposition::of_reading(model, &trace, ids.clone(), site),
                ] {
                    assert!(found.error() < 2e-5, "{name} at {site:?}: {}", found.error());
                    let rest = found.parts.iter().find(|(part, _)| *part == Part::RestOfEmbedding);
                    assert_eq!(rest.is_some(), model.beside_tokens(stack) == BesideTokens::Others, "{name}");
                }
                sites += 1;
            }
            let output = Decomposition::of_reading(model, &trace, ids, NormSite::Final(stack)).whole;
            assert!(distance(&output, &of_stack.output) < 1e-5, "{name}");
        }
        assert!(sites >= 5, "{name}: {sites} sites");
    }
}

#[test]
fn parallel_halves_read_one_stream() {
    let (_, opened) = families().into_iter().find(|(name, _)| name == "gpt_neox").expect("GPT-NeoX");
    let (model, examples) = (text(&opened), examples(&opened));
    let trace = model.trace(&examples.batches[0].input, &[]);
    let layer = &trace.stack(Stack::Decoder).expect("a decoder").layers[1];
    let ids = tokens(&examples.batches[0].examples, Stack::Decoder, &device());
    let read = Decomposition::of_stream(model, &trace, ids, NormSite::FeedForward(Stack::Decoder, 1)).whole;
    assert_eq!(distance(&read, &layer.before), 0.0);
    assert!(distance(&read, &layer.after_attention) > 1e-3, "the stream after attention is another");
}

#[test]
fn a_gate_of_zero_is_a_context_of_zeros_and_acts() {
    for (name, opened) in families() {
        let (model, examples) = (text(&opened), examples(&opened));
        let input = &examples.batches[0].input;
        let rows = examples.batches[0].examples.len();
        let unchanged = model.trace(input, &[]).logits;
        for head in heads(model) {
            let all: Vec<f32> =
                (0..model.n_heads(head.kind)).map(|nth| f32::from(u8::from(nth != head.head))).collect();
            let gate = Tensor::<1>::from_floats(&all[..], &device()).unsqueeze::<2>().repeat_dim(0, rows);
            let gated = Intervention::Gate { kind: head.kind, layer: head.layer, gate };
            let value = Tensor::zeros([1, 1, 1], &device());
            let replaced = Intervention::Replace { site: Site::Context(head), at: At::Everywhere, value };
            let [gated, replaced] = [gated, replaced].map(|change| model.trace(input, &[change]).logits);
            assert!(distance(&gated, &replaced) < 1e-6, "{name} {head}");
            assert!(distance(&gated, &unchanged) > 1e-6, "{name} {head}: nothing changed");
        }
    }
}

#[test]
fn scores_are_split_into_parts_that_add_up() {
    for (name, opened) in families() {
        let (model, examples) = (text(&opened), examples(&opened));
        for head in heads(model) {
            // Within the window of a model that has one.
            let found = why(model, &examples, Asked { head, query: 4, key: 3 });
            let found = found.unwrap_or_else(|error| panic!("{name} {head}: {error}"));
            assert_eq!(found.terms.len(), 6, "{name}");
            assert!(found.error < 1e-4, "{name} {head}: {}", found.error);
        }
    }
}

#[test]
fn a_key_outside_the_window_is_masked() {
    let (_, opened) = families().into_iter().find(|(name, _)| name == "mistral").expect("Mistral");
    let (model, examples) = (text(&opened), examples(&opened));
    let head = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 0 };
    let found = why(model, &examples, Asked { head, query: 5, key: 0 });
    assert!(matches!(found, Err(LensError::MaskedKey { query: 5, key: 0 })), "{found:?}");
}

#[test]
fn logits_are_split_where_the_output_layer_is_linear() {
    let mut linear = 0;
    for (name, opened) in families() {
        let (model, examples) = (text(&opened), examples(&opened));
        let found = logits(model, &examples);
        match (&opened.facts.predicts, model.unembedding()) {
            (Predicts::Label { .. } | Predicts::NotBuilt(_) | Predicts::Nothing, _) => {
                assert!(matches!(found, Err(LensError::NoAnswers)), "{name}: {found:?}");
            }
            (_, None) => assert!(matches!(found, Err(LensError::NonlinearOutput)), "{name}: {found:?}"),
            (_, Some(_)) => {
                let found = found.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(found.attribution.error < 1e-4, "{name}");
                assert_eq!(found.findings().counted, Counted::Tokens, "{name}");
                linear += 1;
            }
        }
    }
    assert!(linear >= 8, "{linear}");
}

#[test]
fn circuits_say_why_a_head_has_no_copying_score() {
    for (name, opened) in families() {
        let (model, examples) = (text(&opened), examples(&opened));
        let found = circuits(model, &examples, Some(&[5, 6, 7]));
        let has_scores = found.heads.iter().any(|head| head.scores.contains_key("copying"));
        assert_eq!(has_scores, model.unembedding().is_some(), "{name}");
        let says = |words: &str| found.notes.iter().any(|note| note.contains(words));
        assert_eq!(says("output layer is not linear"), model.unembedding().is_none(), "{name}: {:?}", found.notes);
        let encoder_is_silent = model.unembedding().is_some() && model.n_layers(AttentionKind::EncoderSelf) > 0;
        assert_eq!(says("heads of the encoder"), encoder_is_silent, "{name}: {:?}", found.notes);
        let is_mixed = model.beside_tokens(model.output_stack()) == BesideTokens::Others;
        assert_eq!(says("norm of the embedding"), is_mixed, "{name}: {:?}", found.notes);
    }
}

#[test]
fn ablations_and_changed_weights_are_measured_token_by_token() {
    for (name, opened) in families() {
        let (model, examples) = (text(&opened), examples(&opened));
        let config = AblationConfig { with: vec![Replacement::Zero, Replacement::Mean], ..AblationConfig::default() };
        let (ablated, explained) = (ablate(model, &examples, &config), explanation(model, &examples, &[]));
        if matches!(opened.facts.predicts, Predicts::Label { .. } | Predicts::NotBuilt(_) | Predicts::Nothing) {
            assert!(matches!(ablated, Err(LensError::NoAnswers)), "{name}: {ablated:?}");
            assert!(matches!(explained, Err(LensError::NoAnswers)), "{name}: {explained:?}");
            continue;
        }
        let (ablated, explained) = (ablated.expect("it has answers"), explained.expect("it has answers"));
        for found in [&ablated, &explained] {
            assert_eq!(found.tables[0].columns[2].name, "token_accuracy", "{name}");
            assert!(found.baseline.expect("it has answers").loss.mean.is_finite(), "{name}");
        }
        assert!(ablated.ablations.iter().all(|ablation| ablation.loss_change.is_finite()), "{name}");
        assert!(ablated.ablations.iter().any(|ablation| ablation.loss_change.abs() > 1e-4), "{name}");
    }
}

#[test]
fn what_flows_needs_no_answer() {
    for (name, opened) in families() {
        let found = flow(text(&opened), &examples(&opened));
        assert!(!found.charts.is_empty() && found.tables.is_empty(), "{name}");
    }
}

#[test]
fn nothing_leaks() {
    for (name, opened) in families() {
        let report = check(text(&opened), &examples(&opened).side_by_side(), 0.0);
        assert!(report.is_tight(), "{name}:\n{report}");
        assert_eq!(report.checks.len(), 4, "{name}");
    }
}
