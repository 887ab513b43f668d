//! The same numbers as Burn's own multi-head attention, written by other people.
//!
//! Only where the two mean the same: without dropout, which Burn applies to the weights it returns, and without fully
//! hidden rows, which Burn makes uniform. PyTorch's goldens hold no combined masks; here they are checked at random.

mod device;

use burn::nn::attention as oracle;
use burn::tensor::{Bool, Device, Tensor, TensorData};
use device::device;
use headlight_model::{Mask, MultiHeadAttention, MultiHeadAttentionConfig};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// `[d_model, n_heads, batch_size, queries, keys]`
const SIZES: [[usize; 5]; 5] =
    [[8, 1, 1, 1, 1], [9, 3, 2, 5, 5], [12, 4, 3, 7, 7], [16, 2, 2, 3, 6], [64, 8, 4, 11, 11]];

#[test]
fn plain_attention_agrees() {
    for (seed, size) in (0..).zip(SIZES) {
        Pair::new(size, seed).assert_same(None, None);
    }
}

#[test]
fn key_padding_agrees() {
    for (seed, size) in (10..).zip(SIZES) {
        let mut pair = Pair::new(size, seed);
        let padding = pair.padding(size);
        pair.assert_same(Some(padding), None);
    }
}

#[test]
fn causal_masks_agree_also_together_with_padding() {
    for (seed, size) in (20..).zip(SIZES).filter(|(_, [.., queries, keys])| queries == keys) {
        let mut pair = Pair::new(size, seed);
        pair.assert_same(None, Some(size[3]));
        // The first key is never padding, and every query sees it: no row is fully hidden.
        let padding = pair.padding(size);
        pair.assert_same(Some(padding), Some(size[3]));
    }
}

/// Two modules with the same weights, and inputs for both.
struct Pair {
    ours: MultiHeadAttention,
    burns: oracle::MultiHeadAttention,
    inputs: [Tensor<3>; 3],
    generator: ChaCha8Rng,
    device: Device,
}

impl Pair {
    fn new([d_model, n_heads, batch_size, queries, keys]: [usize; 5], seed: u64) -> Self {
        let device = device().autodiff();
        let config = MultiHeadAttentionConfig::new(d_model, n_heads);
        let ours = MultiHeadAttentionConfig { seed, ..config }.init(&device);
        let mut burns = oracle::MultiHeadAttentionConfig::new(d_model, n_heads).with_dropout(0.0).init(&device);
        burns.query = ours.query.clone();
        burns.key = ours.key.clone();
        burns.value = ours.value.clone();
        burns.output = ours.output.clone();

        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let inputs = [queries, keys, keys].map(|length| {
            let shape = [batch_size, length, d_model];
            let numbers = (0..shape.iter().product()).map(|_| generator.random_range(-2.0..2.0f32)).collect();
            Tensor::from_data(TensorData::new(numbers, shape), &device)
        });
        Self { ours, burns, inputs, generator, device }
    }

    /// Hides about a third of the keys, but never the first.
    fn padding(&mut self, [_, _, batch_size, _, keys]: [usize; 5]) -> Tensor<2, Bool> {
        let hidden: Vec<bool> =
            (0..batch_size * keys).map(|at| at % keys > 0 && self.generator.random_bool(0.33)).collect();
        Tensor::from_data(TensorData::new(hidden, [batch_size, keys]), &self.device)
    }

    /// Compares output, weights and the gradients of the inputs.
    fn assert_same(&self, padding: Option<Tensor<2, Bool>>, causal: Option<usize>) {
        let masks =
            [padding.clone().map(Mask::key_padding), causal.map(|seq_length| Mask::causal(seq_length, &self.device))];
        let mask = masks.into_iter().flatten().reduce(Mask::and);
        let [query, key, value] = self.inputs.clone().map(Tensor::require_grad);
        let inputs = [query.clone(), key.clone(), value.clone()];
        let (output, weights) = self.ours.forward_with_attention(query, key, value, mask.as_ref());
        let ours = (output.clone(), weights, gradients(output, inputs));

        let [query, key, value] = self.inputs.clone().map(Tensor::require_grad);
        let inputs = [query.clone(), key.clone(), value.clone()];
        let mut input = oracle::MhaInput::new(query, key, value);
        if let Some(padding) = padding {
            input = input.mask_pad(padding);
        }
        if let Some(seq_length) = causal {
            let [batch_size, ..] = self.inputs[0].dims();
            let shape = [batch_size, seq_length, seq_length];
            input = input.mask_attn(Tensor::<3, Bool>::tril_mask(shape, 0, &self.device));
        }
        let oracle::MhaOutput { weights, context } = self.burns.forward(input);
        let burns = (context.clone(), weights, gradients(context, inputs));

        assert_close("output", ours.0, burns.0);
        assert_close("weights", ours.1, burns.1);
        for (name, (ours, burns)) in ["query", "key", "value"].into_iter().zip(ours.2.into_iter().zip(burns.2)) {
            assert_close(&format!("gradient of the {name}"), ours, burns);
        }
    }
}

/// The gradients of the mean square of the output.
fn gradients(output: Tensor<3>, inputs: [Tensor<3>; 3]) -> [Tensor<3>; 3] {
    let gradients = (output.clone() * output).mean().backward();
    inputs.map(|input| input.grad(&gradients).expect("inputs require gradients"))
}

fn assert_close<const D: usize>(what: &str, ours: Tensor<D>, burns: Tensor<D>) {
    assert_eq!(ours.dims(), burns.dims(), "{what}");
    let [ours, burns] = [ours, burns].map(|tensor| tensor.into_data().try_into_vec::<f32>().expect("both hold f32"));
    for (at, (ours, burns)) in ours.iter().zip(&burns).enumerate() {
        assert!((ours - burns).abs() <= 1e-5, "{what}[{at}] is {ours}, and Burn's {burns}");
    }
}
