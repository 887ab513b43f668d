//! What the trace of an attention says is what it computed with: number by number, in f64.

mod device;

use burn::tensor::{Device, Tensor, TensorData};
use device::device;
use headlight_model::{AttentionEdits, AttentionTrace, Mask, MultiHeadAttentionConfig, keyed_generator};
use rand::RngExt;

const BATCH_SIZE: usize = 2;
const KEYS: usize = 5;
const D_MODEL: usize = 12;

/// Every kind of mask, one of which masks every key of the first sequence.
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
fn the_softmax_of_q_and_k_is_the_weights_and_their_values_the_output() {
    let device = device();
    for (n_heads, rotary) in [(1, false), (3, false), (3, true)] {
        let config = MultiHeadAttentionConfig { rotary, ..MultiHeadAttentionConfig::new(D_MODEL, n_heads) };
        let attention = config.init(&device);
        let x = random([BATCH_SIZE, KEYS, D_MODEL], &device);
        for mask in masks(n_heads, &device) {
            let trace = attention.trace(x.clone(), x.clone(), x.clone(), mask.as_ref(), AttentionEdits::none());

            let masked = mask.as_ref().map(|mask| mask.masked().expand(trace.weights.dims()));
            let masked = masked.map(|masked| masked.into_data().iter::<bool>().collect::<Vec<_>>());
            let expected = softmax(&trace, masked.as_deref());
            assert_close(&numbers(trace.weights.clone()), &expected);

            let context = trace.weights.clone().matmul(trace.value.clone());
            assert_close(&numbers(trace.context.clone()), &numbers(context.clone()));
            let joined = context.swap_dims(1, 2).reshape([BATCH_SIZE, KEYS, D_MODEL]);
            assert_close(&numbers(trace.output.clone()), &numbers(attention.output.forward(joined)));
            // The same as without keeping anything.
            let [one, two] = [x.clone(), x.clone()];
            assert_close(&numbers(trace.output), &numbers(attention.forward(one, two, x.clone(), mask.as_ref())));
        }
    }
}

/// softmax(mask(Q Kᵀ / √d_head + bias)), number by number.
fn softmax(trace: &AttentionTrace, masked: Option<&[bool]>) -> Vec<f64> {
    let [batch_size, n_heads, queries, d_head] = trace.query.dims();
    let [.., keys, _] = trace.key.dims();
    let [query, key] = [&trace.query, &trace.key].map(|tensor| numbers(tensor.clone()));
    let bias = trace.bias.clone().map(|bias| numbers(bias.expand(trace.weights.dims())));
    let mut weights = Vec::new();
    for row in 0..batch_size * n_heads * queries {
        let panel = row / queries;
        let exp = (0..keys).map(|at| {
            let cell = row * keys + at;
            let dot: f64 = (0..d_head).map(|i| query[row * d_head + i] * key[(panel * keys + at) * d_head + i]).sum();
            let score = dot / (d_head as f64).sqrt() + bias.as_ref().map_or(0.0, |bias| bias[cell]);
            if masked.is_some_and(|masked| masked[cell]) { 0.0 } else { score.exp() }
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
