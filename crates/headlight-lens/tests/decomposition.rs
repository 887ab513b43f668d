//! The parts of a stream add up to it, at every norm of every kind of model.

#[path = "../../headlight-model/tests/device/mod.rs"]
mod device;
mod kinds;
#[path = "../../headlight-model/tests/models/mod.rs"]
mod models;

use headlight_lens::{Decomposition, Part, tokens};
use headlight_model::{Architecture, NormPlacement, NormSite, Positions, Stack, Traceable};
use kinds::{kinds, numbers};

fn sites(stack: Stack, has_cross: bool) -> Vec<NormSite> {
    let mut sites = Vec::new();
    for layer in 0..2 {
        sites.push(NormSite::SelfAttention(stack, layer));
        if has_cross {
            sites.push(NormSite::CrossAttention(layer));
        }
        sites.push(NormSite::FeedForward(stack, layer));
    }
    sites.push(NormSite::Final(stack));
    sites
}

#[test]
fn parts_add_up_at_every_norm() {
    let mut checked = 0;
    for (config, model, examples) in kinds() {
        let batch = &examples.batches[0];
        let trace = Traceable::trace(&model, &batch.input, &[]);
        for stack in [Stack::Encoder, Stack::Decoder] {
            let Some(of_stack) = trace.stack(stack) else { continue };
            let ids = tokens(&batch.examples, stack, &trace.logits.device());
            let has_cross = stack == Stack::Decoder && config.architecture == Architecture::EncoderDecoder;
            for (nth, site) in sites(stack, has_cross).into_iter().enumerate() {
                let of_stream = Decomposition::of_stream(&model, &trace, ids.clone(), site);
                let of_reading = Decomposition::of_reading(&model, &trace, ids.clone(), site);
                assert!(of_stream.error() < 1e-5, "{config:?} at {site:?}: {}", of_stream.error());
                assert!(of_reading.error() < 1e-5, "{config:?} at {site:?}: {}", of_reading.error());
                // Token, position, and after each half of a layer what it gave; β where the stream went through a norm.
                let adds_positions = matches!(config.positions, Positions::Sinusoidal | Positions::Learned);
                let halves = if has_cross { 3 } else { 2 };
                let (layers, of_layer) = (nth / halves, nth % halves);
                let attentions = layers * (halves - 1) + of_layer;
                let is_post = config.norm == NormPlacement::Post;
                let expected = 1 + usize::from(adds_positions) + attentions * (3 + 1) + layers;
                let biases = usize::from(is_post && nth > 0);
                assert_eq!(of_stream.parts.len(), expected + biases, "{config:?} at {site:?}");
                assert_eq!(of_reading.parts.len(), expected + if is_post { biases } else { 1 });
                checked += 1;
            }
            let output = Decomposition::of_reading(&model, &trace, ids, NormSite::Final(stack)).whole;
            let (found, expected) = (numbers(output), numbers(of_stack.output.clone()));
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5), "{config:?}");
        }
    }
    assert!(checked > 50, "{checked} sites");
}

#[test]
fn a_missing_part_shows() {
    let (_, model, examples) = kinds().next().expect("a model");
    let batch = &examples.batches[0];
    let trace = Traceable::trace(&model, &batch.input, &[]);
    let ids = tokens(&batch.examples, Stack::Decoder, &trace.logits.device());
    let mut sum = Decomposition::of_stream(&model, &trace, ids, NormSite::Final(Stack::Decoder));
    sum.parts.retain(|(part, _)| *part != Part::FeedForward(Stack::Decoder, 1));
    assert!(sum.error() > 1e-3);
}

#[test]
fn names_of_parts_tell_the_kinds_of_attention_apart_only_where_there_are_several() {
    use headlight_model::AttentionKind::{Cross, DecoderSelf};
    let part = Part::FeedForward(Stack::Decoder, 1);
    assert_eq!(part.name(&[DecoderSelf]), "FF1");
    assert_eq!(part.name(&[DecoderSelf, Cross]), "decoder:FF1");
}
