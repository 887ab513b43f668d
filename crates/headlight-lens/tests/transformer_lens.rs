//! The lenses against TransformerLens: its numbers for a model of attention alone and one like GPT-2, made with it.

mod golden;

use burn::tensor::{Device, Tensor};
use golden::goldens;
use headlight_device::DeviceName;
use headlight_model::{Stack, Traceable};

fn device() -> Device {
    DeviceName::default().open().expect("the default device")
}

#[test]
fn the_models_are_the_same() {
    for golden in goldens() {
        let logits = golden.model(&device()).forward(None, &golden.tokens("tokens", &device()));
        golden.assert_close("logits", logits);
    }
}

/// The final norm anew for each layer's stream, which TransformerLens once did with the last layer's scale.
#[test]
fn every_layers_logits_are_the_same() {
    for golden in goldens() {
        let (model, first) = (golden.model(&device()), golden.sequence("tokens", 0, &device()));
        let trace = model.trace(None, &first, &[]);
        let decoder = trace.stack(Stack::Decoder).expect("a decoder");
        let streams = decoder.layers.iter().map(|layer| layer.before.clone()).chain([decoder.stream.clone()]);
        let logits = streams.map(|stream| Traceable::unembed(&model, stream)).collect();
        golden.assert_close("lens.logits", Tensor::cat(logits, 0));
    }
}
