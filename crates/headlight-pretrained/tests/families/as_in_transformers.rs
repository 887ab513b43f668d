//! Attention, hidden states and logits of every golden, as transformers computes them.

use burn::tensor::{Device, Tensor};
use headlight_model::{AttentionKind, Stack, StackTrace, Trace};
use headlight_pretrained::{Attended, Attends, Keep, Model};

use crate::device::device;
use crate::golden::Golden;

#[test]
fn albert() {
    check("albert");
}

#[test]
fn bart() {
    check("bart");
}

#[test]
fn bert() {
    check("bert");
}

#[test]
fn distilbert() {
    check("distilbert");
}

#[test]
fn gpt2() {
    check("gpt2");
}

#[test]
fn gpt_neox() {
    check("gpt_neox");
}

#[test]
fn llama() {
    check("llama");
}

#[test]
fn marian() {
    check("marian");
}

#[test]
fn mistral() {
    check("mistral");
}

#[test]
fn opt() {
    check("opt");
}

#[test]
fn qwen2() {
    check("qwen2");
}

#[test]
fn qwen3() {
    check("qwen3");
}

#[test]
fn roberta() {
    check("roberta");
}

#[test]
fn t5() {
    check("t5");
}

#[test]
fn vit() {
    check("vit");
}

#[test]
fn variants_of_gpt_neox() {
    check("gpt_neox_sequential");
}

#[test]
fn variants_of_llama() {
    check("llama_3_1");
    check("llama_linear");
    check("qwen3_window");
}

#[test]
fn variants_of_marian() {
    check("marian_separate");
}

#[test]
fn variants_of_opt() {
    check("opt_350m");
}

#[test]
fn variants_of_t5() {
    check("t5_1_0");
    check("flan_t5");
}

#[test]
fn whisper() {
    check("whisper");
}

/// Attention within 1e-5 of the 64-bit numbers, hidden states and logits within 1e-4.
fn check(name: &str) {
    let golden = Golden::read(name);
    let Computed { trace, attended } = computed(&golden, &device());
    // transformers' own 32-bit numbers are off by more in T5, whose scores are not scaled: by 8e-6 here. In the larger set they are off by
    // 5e-5, and still by 2.1e-5 where each operation is computed in 64 bits and its result alone is rounded to 32.
    let own_error = golden.own_error();
    let looser = (own_error / 1e-5).max(1.0);
    let bound = if own_error > 5e-6 { 2e-5 * looser } else { 1e-5 };
    for kind in AttentionKind::ALL {
        for (layer, attention) in trace.attention(kind).into_iter().enumerate() {
            let what = format!("{name}: {kind} of layer {layer}");
            let expected = golden.attention(kind, layer);
            // The layer that is asked for alone is the same.
            if layer == 1 {
                assert_close(&what, alone(&attended, kind), expected.clone(), bound);
            }
            assert_close(&what, attention.weights.clone(), expected, bound);
        }
    }
    for (stack, prefix) in [(Stack::Encoder, "encoder"), (Stack::Decoder, "decoder")] {
        let Some(of_stack) = trace.stack(stack) else { continue };
        let prefix = if golden.has(&format!("hidden.{prefix}.0")) { prefix } else { "self" };
        for (nth, hidden) in hidden_states(name, of_stack).into_iter().enumerate() {
            let hidden_name = format!("hidden.{prefix}.{nth}.f64");
            let expected = golden.numbers(&hidden_name);
            if nth == of_stack.layers.len() && expected.0.last() != hidden.dims().last() {
                continue; // OPT gives the output as projected to the width of the tokens; the logits tell whether it is right.
            }
            assert_close(&format!("{name}: {hidden_name}"), hidden, expected, 1e-4 * looser);
        }
    }
    for logits in [trace.logits, attended.logits] {
        let expected = golden.numbers("logits.f64");
        // A label is read at the first position alone.
        let logits = if expected.0.len() == 2 { logits.narrow(1, 0, 1) } else { logits };
        assert_close(&format!("{name}: logits"), logits, expected, 1e-4 * looser);
    }
}

struct Computed {
    trace: Trace,
    /// With layer 1 alone, and the logits of all positions.
    attended: Attended,
}

fn computed(golden: &Golden, device: &Device) -> Computed {
    fn of<I>(model: &dyn Attends<Input = I>, input: &I) -> Computed {
        let trace = model.trace(input, &[]);
        let positions: Vec<usize> = (0..trace.logits.dims()[1]).collect();
        Computed { attended: model.attend(input, &[1], Keep::Weights, &positions), trace }
    }
    match golden.open(device).model {
        Model::Text(model) => of(&*model, &golden.sequences(device)),
        Model::Speech(model) => of(&*model, &golden.speech(device)),
        Model::Image(model) => of(&*model, &golden.pixels(device)),
    }
}

/// The weights of the one layer that was asked for.
fn alone(attended: &Attended, kind: AttentionKind) -> Tensor<4> {
    let stack = if kind == AttentionKind::EncoderSelf { &attended.encoder } else { &attended.decoder };
    let [(1, self_attention, cross)] = &stack.as_ref().expect("it has the stack").layers[..] else {
        panic!("one layer was asked for")
    };
    let attention =
        if kind == AttentionKind::Cross { cross.as_ref().expect("it has cross attention") } else { self_attention };
    attention.weights.clone()
}

/// As transformers gives them: what goes into each layer, and last what comes out of the final norm; of ViT what goes into that.
fn hidden_states(name: &str, stack: &StackTrace) -> Vec<Tensor<3>> {
    let before = stack.layers.iter().map(|layer| &layer.before);
    let last = if name == "vit" { &stack.stream } else { &stack.output };
    before.chain([last]).cloned().collect()
}

fn assert_close<const D: usize>(what: &str, found: Tensor<D>, (shape, expected): (Vec<usize>, Vec<f64>), bound: f64) {
    assert_eq!(found.dims().iter().product::<usize>(), shape.iter().product::<usize>(), "{what}");
    let found: Vec<f32> = found.into_data().try_into_vec().expect("f32");
    let error = found.iter().zip(&expected).map(|(found, expected)| (f64::from(*found) - expected).abs());
    let worst = error.fold(0.0, |worst: f64, error| if worst.is_nan() || error <= worst { worst } else { error });
    assert!(worst <= bound, "{what} is off by {worst:.1e}");
}
