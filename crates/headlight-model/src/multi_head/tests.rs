//! What is kept of a forward pass is what it computed with.

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;

use super::{Attended, MultiHeadAttention, MultiHeadAttentionConfig, Weights};
use crate::test_device::device;
use crate::{Mask, keyed_generator};
use headlight_flex::linear;

const BATCH_SIZE: usize = 2;
const KEYS: usize = 5;
const D_MODEL: usize = 12;

/// Every kind of mask, one of which hides every key of the first sequence.
fn masks(n_heads: usize, device: &Device) -> Vec<Option<Mask>> {
    let padding =
        |first: [bool; KEYS]| Mask::key_padding(Tensor::from_data([first, [false, true, false, false, true]], device));
    let causal = || Mask::causal(KEYS, device);
    vec![
        None,
        Some(causal()),
        Some(causal().and(Mask::alibi(n_heads, KEYS, device))),
        Some(causal().and(padding([true, false, false, true, false]))),
        Some(padding([true; KEYS])),
    ]
}

#[test]
fn softmax_of_what_is_kept_is_the_weights_and_their_values_the_output() {
    let device = device();
    for (n_heads, rotary) in [(1, false), (3, false), (3, true)] {
        let config =
            MultiHeadAttentionConfig { rotary, ..MultiHeadAttentionConfig::new(D_MODEL, n_heads).expect("divides") };
        let attention = config.init(&device);
        let x = random([BATCH_SIZE, KEYS, D_MODEL], &device);
        for mask in masks(n_heads, &device) {
            let at = attention.keys_and_values(x.clone(), x.clone(), 0);
            let (output, attended) = attention.attend(x.clone(), at, mask.as_ref(), Weights::Keep);
            let attended = attended.expect("kept");

            let hidden = mask.as_ref().map(|mask| mask.hidden().expand(attended.weights.dims()));
            let hidden = hidden.map(|hidden| hidden.into_data().iter::<bool>().collect::<Vec<_>>());
            let expected = softmax(&attended, hidden.as_deref());
            assert_close(&numbers(attended.weights.clone()), &expected);

            let context = attended.weights.clone().matmul(attended.value.clone());
            let joined = MultiHeadAttention::join_heads(context);
            assert_close(&numbers(output.clone()), &numbers(linear(&attention.output, joined)));
            // The same output as without keeping anything.
            assert_close(&numbers(output), &numbers(attention.forward(x.clone(), x.clone(), x.clone(), mask.as_ref())));
        }
    }
}

/// softmax(mask(Q Kᵀ / √d_head + bias)), number by number.
fn softmax(attended: &Attended, hidden: Option<&[bool]>) -> Vec<f64> {
    let [batch_size, n_heads, queries, d_head] = attended.query.dims();
    let [.., keys, _] = attended.key.dims();
    let [query, key] = [&attended.query, &attended.key].map(|tensor| numbers(tensor.clone()));
    let bias = attended.bias.clone().map(|bias| numbers(bias.expand(attended.weights.dims())));
    let mut weights = Vec::new();
    for row in 0..batch_size * n_heads * queries {
        let panel = row / queries;
        let exp = (0..keys).map(|at| {
            let cell = row * keys + at;
            let dot: f64 = (0..d_head).map(|i| query[row * d_head + i] * key[(panel * keys + at) * d_head + i]).sum();
            let score = dot / (d_head as f64).sqrt() + bias.as_ref().map_or(0.0, |bias| bias[cell]);
            if hidden.is_some_and(|hidden| hidden[cell]) { 0.0 } else { score.exp() }
        });
        let exp: Vec<f64> = exp.collect();
        let sum: f64 = exp.iter().sum();
        weights.extend(exp.iter().map(|exp| if sum > 0.0 { exp / sum } else { 0.0 }));
    }
    weights
}

fn random(shape: [usize; 3], device: &Device) -> Tensor<3> {
    let mut generator = keyed_generator([7, 0, 0, 0]);
    let numbers: Vec<f32> = (0..shape.iter().product()).map(|_| generator.random_range(-2.0..2.0)).collect();
    Tensor::from_data(TensorData::new(numbers, shape), device)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f32>().map(f64::from).collect()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    let close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= 1e-5);
    assert!(close && found.len() == expected.len(), "{found:?} is not {expected:?}");
}
