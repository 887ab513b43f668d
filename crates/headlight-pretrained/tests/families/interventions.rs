//! Interventions on models of all families, each against the same thing done in another way.

use burn::tensor::Tensor;
use headlight_model::{At, AttentionKind, Head, Intervention, Site, Stack, Trace};
use headlight_pretrained::{Attends, Keep};

use crate::golden::of_each_family;

#[test]
fn a_gate_of_0_switches_a_head_off() {
    fn check<I>(name: &str, model: &dyn Attends<Input = I>, input: &I) {
        let plain = model.trace(input, &[]);
        for head in heads(model) {
            let Head { kind, layer, .. } = head;
            let device = plain.logits.device();
            let mut gate = vec![1.0; model.n_heads(kind)];
            gate[head.head] = 0.0;
            let gate = Tensor::<1>::from_data(&gate[..], &device).unsqueeze();
            let gated = model.trace(input, &[Intervention::Gate { kind, layer, gate }]);

            let (site, value) = (Site::Context(head), Tensor::zeros([1, 1, 1], &device));
            let without = model.trace(input, &[Intervention::Replace { site, at: At::Everywhere, value }]);
            assert_eq!(numbers(gated.logits.clone()), numbers(without.logits), "{name}: {head}");
            assert_ne!(numbers(gated.logits.clone()), numbers(plain.logits.clone()), "{name}: {head}");

            // What the attention gives is less by the head's share, which its own matrix makes of its context.
            let output = |trace: &Trace| trace.attention(kind)[layer].output.clone();
            let context = plain.attention(kind)[layer].context.clone().narrow(1, head.head, 1).squeeze_dim::<3>(1);
            let share = context.matmul(model.head(head).output.unsqueeze());
            assert_close(&format!("{name}: {head}"), output(&plain) - output(&gated), share, 1e-4);
        }
    }
    of_each_family!(check);
}

#[test]
fn a_cut_edge_carries_nothing() {
    fn check<I>(name: &str, model: &dyn Attends<Input = I>, input: &I) {
        let plain = model.trace(input, &[]);
        for head in heads(model) {
            let (query, key) = (2, 1);
            let cut = model.trace(input, &[Intervention::Cut { head, query, key }]);
            let weights = |trace: &Trace| trace.attention(head.kind)[head.layer].weights.clone();
            let [batch_size, _, _, keys] = weights(&plain).dims();
            let row =
                |trace: &Trace| weights(trace).narrow(1, head.head, 1).narrow(2, query, 1).reshape([batch_size, keys]);
            let found = row(&cut);
            assert_eq!(numbers(found.clone().narrow(1, key, 1)), vec![0.0; batch_size], "{name}: {head}");
            // The other keys share what the one had. Where that is nearly all, dividing by the rest would lose its digits.
            let rest = 1.0 - row(&plain).narrow(1, key, 1);
            let (found, expected) = (found * rest, row(&plain));
            let others = |row: Tensor<2>| {
                Tensor::cat(vec![row.clone().narrow(1, 0, key), row.narrow(1, key + 1, keys - key - 1)], 1)
            };
            assert_close(&format!("{name}: {head}"), others(found), others(expected), 1e-5);
            assert_eq!(numbers(weights(&cut).narrow(2, 0, query)), numbers(weights(&plain).narrow(2, 0, query)));
        }
    }
    of_each_family!(check);
}

#[test]
fn what_is_put_in_the_place_of_the_stream_goes_on() {
    fn check<I>(name: &str, model: &dyn Attends<Input = I>, input: &I) {
        let plain = model.trace(input, &[]);
        let stack = model.output_stack();
        let of_stack = plain.stack(stack).expect("it is there");
        let n_layers = of_stack.layers.len();
        let replaced = |stack: Stack, layer: usize, value: Tensor<3>| {
            let (site, at) = (Site::Stream(stack, layer), At::Everywhere);
            numbers(model.trace(input, &[Intervention::Replace { site, at, value }]).logits)
        };
        // The stream that is there anyway changes no bit.
        for (layer, value) in of_stack.layers.iter().map(|layer| layer.before.clone()).enumerate() {
            assert_eq!(replaced(stack, layer, value), numbers(plain.logits.clone()), "{name}: layer {layer}");
        }
        // The one that the output layer reads is all that it reads.
        let other = of_stack.layers[0].before.clone();
        assert_eq!(replaced(stack, n_layers, other.clone()), numbers(model.unembed(other.clone())), "{name}");
        assert_ne!(replaced(stack, n_layers, other), numbers(plain.logits.clone()), "{name}");
        assert_eq!(numbers(model.unembed(of_stack.stream.clone())), numbers(plain.logits.clone()), "{name}");
    }
    of_each_family!(check);
}

#[test]
fn the_attention_of_layers_that_are_asked_for_is_that_of_the_trace() {
    fn check<I>(name: &str, model: &dyn Attends<Input = I>, input: &I) {
        let trace = model.trace(input, &[]);
        for asked in [&[][..], &[0], &[1], &[1, 0]] {
            let [_, seq_length, _] = trace.logits.dims();
            let attended = model.attend(input, asked, Keep::Weights, &[seq_length - 1, 0]);
            for (stack, half) in [(Stack::Encoder, &attended.encoder), (Stack::Decoder, &attended.decoder)] {
                let expected = trace.stack(stack);
                assert_eq!(half.is_some(), expected.is_some(), "{name}");
                let (Some(half), Some(expected)) = (half, expected) else { continue };
                assert_eq!(half.layers.len(), asked.len(), "{name}");
                for (layer, of_self, cross) in &half.layers {
                    let (what, layer) = (format!("{name}: layer {layer}"), &expected.layers[*layer]);
                    assert_close(&what, of_self.weights.clone(), layer.self_attention.weights.clone(), 1e-5);
                    let cross = cross.as_ref().map(|cross| cross.weights.clone());
                    let of_trace = layer.cross_attention.as_ref().map(|cross| cross.weights.clone());
                    assert_eq!(cross.is_some(), of_trace.is_some(), "{what}");
                    cross
                        .zip(of_trace)
                        .into_iter()
                        .for_each(|(found, expected)| assert_close(&what, found, expected, 1e-5));
                }
                assert_close(name, half.output.clone(), expected.output.clone(), 1e-4);
            }
            let logits = |at| trace.logits.clone().narrow(1, at, 1);
            assert_close(name, attended.logits, Tensor::cat(vec![logits(seq_length - 1), logits(0)], 1), 1e-4);
        }
    }
    of_each_family!(check);
}

/// Every head of every kind in the second layer, which reads what the first one did.
fn heads<I>(model: &dyn Attends<Input = I>) -> Vec<Head> {
    let of_kind = |kind| (0..model.n_heads(kind)).map(move |head| Head { kind, layer: 1, head });
    AttentionKind::ALL.into_iter().flat_map(of_kind).collect()
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("f32")
}

fn assert_close<const D: usize>(what: &str, found: Tensor<D>, expected: Tensor<D>, bound: f32) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let (found, expected) = (numbers(found), numbers(expected));
    let off = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs());
    let worst = off.fold(0.0, |worst: f32, off| if worst.is_nan() || off <= worst { worst } else { off });
    assert!(worst <= bound, "{what} is off by {worst:.1e}");
}
