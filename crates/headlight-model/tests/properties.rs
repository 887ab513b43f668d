//! What holds for attention whatever its numbers are: tried over several seeds, odd sizes and random masks.

mod device;
mod numbers;

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use device::device;
use headlight_model::{Mask, MultiHeadAttention, MultiHeadAttentionConfig, SingleHeadAttentionConfig};
use numbers::numbers;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEEDS: std::ops::Range<u64> = 0..12;

#[test]
fn rows_sum_to_one_or_to_zero_where_all_is_hidden() {
    let (mut visible_rows, mut hidden_rows) = (0, 0);
    for mut case in SEEDS.map(Case::new) {
        let hidden = case.random_mask();
        let weights = case.weights(&Mask::boolean(hidden.clone()));
        let nothing_to_see = flags(hidden.expand(weights.dims()).all_dim(3));
        for (sum, nothing_to_see) in numbers(weights.sum_dim(3)).into_iter().zip(nothing_to_see) {
            let expected = if nothing_to_see { 0.0 } else { 1.0 };
            assert!((sum - expected).abs() < 1e-5, "seed {}: a row sums to {sum}, not {expected}", case.seed);
            *(if nothing_to_see { &mut hidden_rows } else { &mut visible_rows }) += 1;
        }
    }
    assert!(visible_rows > 100 && hidden_rows > 10, "the masks are too tame: {visible_rows} and {hidden_rows} rows");
}

#[test]
fn hidden_keys_get_exactly_zero_and_the_others_something() {
    for mut case in SEEDS.map(Case::new) {
        let hidden = case.random_mask();
        let weights = case.weights(&Mask::boolean(hidden.clone()));
        let hidden = flags(hidden.expand(weights.dims()));
        for (weight, hidden) in numbers(weights).into_iter().zip(hidden) {
            assert_eq!(weight == 0.0, hidden, "seed {}: weight {weight}", case.seed);
        }
    }
}

#[test]
fn hidden_tokens_change_nothing() {
    for mut case in SEEDS.map(Case::new) {
        let padding = case.random_padding();
        let mask = Mask::key_padding(padding.clone());
        let [query, key, value] = case.inputs.clone();
        let before = case.attention.forward(query.clone(), key.clone(), value.clone(), Some(&mask));

        // Far larger than what they replace: a weight of 1e-9 on them would show.
        let [key, value] = [key, value].map(|tokens| {
            let padding = padding.clone().unsqueeze_dim::<3>(2).expand(tokens.dims());
            let other = random(&mut case.generator, tokens.dims(), &case.device) * 1e6;
            tokens.mask_where(padding, other)
        });
        let after = case.attention.forward(query, key, value, Some(&mask));
        assert_eq!(numbers(before), numbers(after), "seed {}", case.seed);
    }
}

#[test]
fn the_order_of_keys_does_not_matter() {
    for mut case in SEEDS.map(Case::new) {
        let hidden = case.random_mask();
        let [query, key, value] = case.inputs.clone();
        let [_, keys, _] = key.dims();
        let mut order: Vec<i64> = (0..keys as i64).collect();
        order.shuffle(&mut case.generator);
        let order = Tensor::<1, Int>::from_data(&order[..], &case.device);

        let mask = Mask::boolean(hidden.clone());
        let (output, weights) =
            case.attention.forward_with_attention(query.clone(), key.clone(), value.clone(), Some(&mask));
        let mask = Mask::boolean(hidden.select(3, order.clone()));
        let (key, value) = (key.select(1, order.clone()), value.select(1, order.clone()));
        let (shuffled_output, shuffled_weights) = case.attention.forward_with_attention(query, key, value, Some(&mask));

        assert_close(case.seed, shuffled_output, output);
        assert_close(case.seed, shuffled_weights, weights.select(3, order));
    }
}

#[test]
fn each_query_and_each_example_is_answered_by_itself() {
    for mut case in SEEDS.map(Case::new) {
        let padding = case.random_padding();
        let [query, key, value] = case.inputs.clone();
        let mask = Mask::key_padding(padding.clone());
        let output = case.attention.forward(query.clone(), key.clone(), value.clone(), Some(&mask));

        let [batch_size, queries, _] = query.dims();
        let (example, at) = (case.generator.random_range(0..batch_size), case.generator.random_range(0..queries));
        let [query, key, value] = [query, key, value].map(|tokens| tokens.narrow(0, example, 1));
        let mask = Mask::key_padding(padding.narrow(0, example, 1));
        let alone = case.attention.forward(query.narrow(1, at, 1), key, value, Some(&mask));
        assert_close(case.seed, alone, output.narrow(0, example, 1).narrow(1, at, 1));
    }
}

#[test]
fn output_without_weights_is_that_with_weights() {
    for mut case in SEEDS.map(Case::new) {
        let mask = Mask::boolean(case.random_mask());
        let [query, key, value] = case.inputs.clone();
        let output = case.attention.forward(query.clone(), key.clone(), value.clone(), Some(&mask));
        let (with_attention, _) = case.attention.forward_with_attention(query, key, value, Some(&mask));
        assert_close(case.seed, output, with_attention);

        let single = SingleHeadAttentionConfig { d_model: 5, seed: case.seed }.init(&case.device);
        let x = random(&mut case.generator, [2, 7, 5], &case.device);
        let causal = Mask::causal(7, &case.device);
        let (context, weights) = single.forward_with_attention(x.clone(), x.clone(), x.clone(), Some(&causal));
        assert_eq!(weights.dims(), [2, 7, 7]);
        assert_eq!(numbers(single.forward(x.clone(), x.clone(), x, Some(&causal))), numbers(context));
    }
}

/// Attention of a random size with random inputs: cross, with keys and values of widths of their own.
struct Case {
    seed: u64,
    generator: ChaCha8Rng,
    device: Device,
    attention: MultiHeadAttention,
    inputs: [Tensor<3>; 3],
}

impl Case {
    fn new(seed: u64) -> Self {
        let (device, mut generator) = (device(), ChaCha8Rng::seed_from_u64(seed));
        let [batch_size, n_heads, d_head] = [1..4, 1..6, 1..8].map(|range| generator.random_range(range));
        let [queries, keys, kdim, vdim] = [1..12, 1..14, 1..20, 1..20].map(|range| generator.random_range(range));
        let d_model = n_heads * d_head;
        let config = MultiHeadAttentionConfig::new(d_model, n_heads);
        let attention = MultiHeadAttentionConfig { kdim, vdim, seed, ..config }.init(&device);

        let inputs = [[queries, d_model], [keys, kdim], [keys, vdim]]
            .map(|[length, width]| random(&mut generator, [batch_size, length, width], &device));
        Self { seed, generator, device, attention, inputs }
    }

    fn random_flags<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D, Bool> {
        let flags = (0..shape.iter().product()).map(|_| self.generator.random_bool(0.4)).collect::<Vec<bool>>();
        Tensor::from_data(TensorData::new(flags, shape), &self.device)
    }

    /// One for each query, the same for all heads; the last row of the first example is hidden altogether.
    fn random_mask(&mut self) -> Tensor<4, Bool> {
        let [[batch_size, queries, _], [_, keys, _], _] = self.inputs.each_ref().map(Tensor::dims);
        let hidden = self.random_flags([batch_size, 1, queries, keys]);
        let all = Tensor::<4, Int>::ones([1, 1, 1, keys], &self.device).equal_elem(1);
        hidden.slice_assign([0..1, 0..1, queries - 1..queries, 0..keys], all)
    }

    fn random_padding(&mut self) -> Tensor<2, Bool> {
        let [_, [batch_size, keys, _], _] = self.inputs.each_ref().map(Tensor::dims);
        self.random_flags([batch_size, keys])
    }

    fn weights(&self, mask: &Mask) -> Tensor<4> {
        let [query, key, value] = self.inputs.clone();
        self.attention.forward_with_attention(query, key, value, Some(mask)).1
    }
}

fn random<const D: usize>(generator: &mut ChaCha8Rng, shape: [usize; D], device: &Device) -> Tensor<D> {
    let numbers = (0..shape.iter().product()).map(|_| generator.random_range(-2.0..2.0f32)).collect();
    Tensor::from_data(TensorData::new(numbers, shape), device)
}

fn flags(tensor: Tensor<4, Bool>) -> Vec<bool> {
    tensor.into_data().try_into_vec_as().expect("these tensors hold flags")
}

fn assert_close<const D: usize>(seed: u64, left: Tensor<D>, right: Tensor<D>) {
    assert_eq!(left.dims(), right.dims(), "seed {seed}");
    for (left, right) in numbers(left).into_iter().zip(numbers(right)) {
        assert!((left - right).abs() <= 1e-5, "seed {seed}: {left} is not {right}");
    }
}
