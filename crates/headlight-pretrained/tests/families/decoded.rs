//! Decoding with kept keys and values gives, token by token, what a pass over all of them gives.

use burn::tensor::Tensor;
use headlight_model::{AttentionKind, Sequences, Tokens};
use headlight_pretrained::{Attends, Model, Speech};

use crate::device::device;
use crate::golden::Golden;

#[test]
fn token_by_token_the_logits_are_those_of_the_whole() {
    let device = device();
    let mut decoded = Vec::new();
    for name in Golden::names() {
        let golden = Golden::read(&name);
        match golden.open(&device).model {
            Model::Text(model) if model.n_layers(AttentionKind::DecoderSelf) > 0 => {
                let input = golden.sequences(&device);
                let first = |length| Sequences { source: input.source.clone(), target: first(&input.target, length) };
                check(&name, &*model, first, input.target.ids.dims()[1]);
            }
            Model::Speech(model) => {
                let input = golden.speech(&device);
                let first = |length| Speech { features: input.features.clone(), target: first(&input.target, length) };
                check(&name, &*model, first, input.target.ids.dims()[1]);
            }
            Model::Text(model) => {
                assert!(model.start_decoding(&golden.sequences(&device)).is_none(), "{name}: there is no decoder");
                continue;
            }
            Model::Image(_) => continue,
        }
        decoded.push(name);
    }
    let expected = ["bart", "gpt2", "gpt_neox", "llama", "marian", "mistral", "opt", "qwen2", "qwen3", "t5", "whisper"];
    assert!(expected.iter().all(|family| decoded.iter().any(|name| name == family)), "{decoded:?}");
}

/// At once, one by one, and several behind others, as when tokens are forced.
fn check<I>(name: &str, model: &dyn Attends<Input = I>, first: impl Fn(usize) -> I, length: usize) {
    let whole = model.trace(&first(length), &[]).logits; // [batch_size, length, vocab_size]
    let largest = whole.clone().abs().max().into_scalar::<f32>().max(1.0);
    for step in [length, 1, 3] {
        let mut cache = model.start_decoding(&first(1)).expect("it has a decoder");
        for end in (step..=length).step_by(step) {
            let found = model.decode_next(&first(end), &mut cache);
            assert_eq!(cache.length(), end, "{name}");
            let off = difference(found, whole.clone().narrow(1, end - 1, 1));
            assert!(off <= 1e-5 * largest, "{name}: the logits after {end} tokens are off by {off:.1e}");
        }
    }
}

fn difference(one: Tensor<3>, other: Tensor<3>) -> f32 {
    (one - other).abs().max().into_scalar::<f32>()
}

fn first(tokens: &Tokens, length: usize) -> Tokens {
    Tokens {
        ids: tokens.ids.clone().narrow(1, 0, length),
        padding: tokens.padding.clone().map(|padding| padding.narrow(1, 0, length)),
        segments: None,
    }
}
