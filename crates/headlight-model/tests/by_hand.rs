//! The equation on cases small enough for pencil and paper.
//!
//! With a query of zeros every score is 0, so each weight is 1 / (number of visible keys). With scores ln a, ln b, ln c
//! the weights are a, b and c, divided by a + b + c.

mod closeness;
mod device;
mod numbers;

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use device::device;
use headlight_model::{
    Mask, MultiHeadAttentionConfig, SingleHeadAttentionConfig, attention_weights, scaled_dot_product_attention,
};
use numbers::numbers;

const LN_2: f32 = std::f32::consts::LN_2;
const LN_3: f32 = 1.098_612_3;
const HIDDEN: f32 = f32::NEG_INFINITY;

#[test]
fn scores_become_weights_and_weights_mix_values() {
    let device = device();
    // d_head = 4, so scores are halved: (2 ln 3, 0, 0, 0) · (1, 0, 0, 0) / 2 = ln 3, and with the zero key 0.
    // Weights 3/4 and 1/4. The second query is 0 and looks at both alike.
    let query = Tensor::from_data([[[[2.0 * LN_3, 0.0, 0.0, 0.0], [0.0; 4]]]], &device);
    let key = Tensor::from_data([[[[1.0, 0.0, 0.0, 0.0], [0.0; 4]]]], &device);
    // Values of width 3, which is neither d_head nor the number of keys.
    let value = Tensor::from_data([[[[4.0, 0.0, 8.0], [0.0, 4.0, -8.0]]]], &device);

    let (context, weights) = scaled_dot_product_attention(query, key, value, None);

    assert_close(weights, [1, 1, 2, 2], &[0.75, 0.25, 0.5, 0.5]);
    assert_close(context, [1, 1, 2, 3], &[3.0, 1.0, 4.0, 2.0, 2.0, 0.0]);
}

#[test]
fn there_may_be_more_keys_than_queries_and_fewer() {
    let device = device();
    // d_head = 1 leaves scores as they are: queries 0 and 1 against keys 0, ln 2, ln 3.
    let few = Tensor::from_data([[[[0.0], [1.0]]]], &device);
    let many = Tensor::from_data([[[[0.0], [LN_2], [LN_3]]]], &device);

    let weights = attention_weights(few.clone(), many.clone(), None);
    assert_close(weights, [1, 1, 2, 3], &[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0, 2.0 / 6.0, 3.0 / 6.0]);

    // The other way round: query 0 sees scores 0 and 0, query ln 2 sees 0 and ln 2, query ln 3 sees 0 and ln 3.
    let weights = attention_weights(many, few, None);
    assert_close(weights, [1, 1, 3, 2], &[0.5, 0.5, 1.0 / 3.0, 2.0 / 3.0, 0.25, 0.75]);
}

#[test]
fn each_head_scales_by_the_root_of_its_own_width() {
    let device = device();
    // Two heads of width 4 in a model of width 8, every layer the identity. Head 0 sees the first four numbers:
    // 2 ln 3 · 1 / √4 = ln 3, weights 3/4 and 1/4. Head 1 sees the others: ln 2, weights 2/3 and 1/3. Divided by √8, the
    // root of the model's width, head 0 would have 0.685 and 0.315.
    let mut attention = MultiHeadAttentionConfig::new(8, 2).init(&device);
    for layer in [&mut attention.query, &mut attention.key, &mut attention.value, &mut attention.output] {
        *layer = identity(8, &device);
    }
    let query = Tensor::from_data([[[2.0 * LN_3, 0.0, 0.0, 0.0, 2.0 * LN_2, 0.0, 0.0, 0.0]]], &device);
    let key = Tensor::from_data([[[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], [0.0; 8]]], &device);
    let value = Tensor::from_data([[[12.0; 8], [0.0; 8]]], &device);

    let (output, weights) = attention.forward_with_attention(query, key, value, None);

    assert_close(weights, [1, 2, 1, 2], &[3.0 / 4.0, 1.0 / 4.0, 2.0 / 3.0, 1.0 / 3.0]);
    assert_close(output, [1, 1, 8], &[9.0, 9.0, 9.0, 9.0, 8.0, 8.0, 8.0, 8.0]);
}

#[test]
fn causal_and_key_padding_hide_what_either_hides() {
    let device = device();
    let padding = Tensor::from_data([[false, false, false, true], [false, true, false, false]], &device);
    let causal = || Mask::causal(4, &device);
    let padding = || Mask::key_padding(padding.clone());
    let third = 1.0 / 3.0;
    #[rustfmt::skip]
    let expected = [
        // Key 3 is padding, so the last query sees as many keys as the one before.
        1.0,   0.0,   0.0,   0.0,
        0.5,   0.5,   0.0,   0.0,
        third, third, third, 0.0,
        third, third, third, 0.0,
        // Key 1 is padding, so the query there sees only key 0.
        1.0,   0.0,   0.0,   0.0,
        1.0,   0.0,   0.0,   0.0,
        0.5,   0.0,   0.5,   0.0,
        third, 0.0,   third, third,
    ];
    for mask in [causal().and(padding()), padding().and(causal())] {
        assert_close(uniform_weights([2, 1, 4, 4], &mask, &device), [2, 1, 4, 4], &expected);
    }
}

#[test]
fn boolean_and_additive_masks_act_both() {
    let device = device();
    // Added scores ln 1, ln 2, ln 3 make weights 1 : 2 : 3; with the middle key hidden, 1 : 3.
    let added = || Mask::additive(Tensor::from_data([[[[0.0, LN_2, LN_3]]]], &device));
    let hidden = || Mask::boolean(Tensor::from_data([[[[false, true, false]]]], &device));
    for mask in [added().and(hidden()), hidden().and(added())] {
        assert_close(uniform_weights([1, 1, 1, 3], &mask, &device), [1, 1, 1, 3], &[0.25, 0.0, 0.75]);
    }
}

#[test]
fn additive_masks_sum_and_minus_infinity_hides() {
    let device = device();
    // (ln 3, 0, −∞, 0) + (0, ln 2, 0, −∞): weights 3 : 2 : 0 : 0. The infinities meet finite numbers from both sides.
    let left = Mask::additive(Tensor::from_data([[[[LN_3, 0.0, HIDDEN, 0.0]]]], &device));
    let right = Mask::additive(Tensor::from_data([[[[0.0, LN_2, 0.0, HIDDEN]]]], &device));
    let both = left.and(right);
    assert_close(uniform_weights([1, 1, 1, 4], &both, &device), [1, 1, 1, 4], &[0.6, 0.4, 0.0, 0.0]);

    // −∞ + −∞ hides as one does.
    let twice = both.clone().and(both);
    assert_close(uniform_weights([1, 1, 1, 4], &twice, &device), [1, 1, 1, 4], &[9.0 / 13.0, 4.0 / 13.0, 0.0, 0.0]);
}

#[test]
fn masks_of_different_shapes_broadcast() {
    let device = device();
    // One mask a head (head 1 prefers key 1 by ln 3), and one a query (query 0 does not see key 2).
    let by_head = Mask::additive(Tensor::from_data([[[[0.0, 0.0, 0.0]], [[0.0, LN_3, 0.0]]]], &device));
    let by_query = Mask::boolean(Tensor::from_data([[[[false, false, true], [false; 3]]]], &device));
    let weights = uniform_weights([1, 2, 2, 3], &by_head.and(by_query), &device);
    let third = 1.0 / 3.0;
    #[rustfmt::skip]
    let expected = [
        0.5,  0.5,  0.0, third, third, third, // head 0
        0.25, 0.75, 0.0, 0.2,   0.6,   0.2,   // head 1
    ];
    assert_close(weights, [1, 2, 2, 3], &expected);
}

#[test]
fn one_head_of_many_is_the_single_head() {
    let device = device();
    let single = SingleHeadAttentionConfig { seed: 3, ..SingleHeadAttentionConfig::new(6) }.init(&device);
    let mut multi = MultiHeadAttentionConfig::new(6, 1).init(&device);
    (multi.query, multi.key, multi.value) = (single.query.clone(), single.key.clone(), single.value.clone());
    multi.output = identity(6, &device);
    let x = Tensor::<1, burn::tensor::Int>::arange(0..48, &device).float().sin().reshape([2, 4, 6]);
    let mask = Mask::causal(4, &device);

    let (context, weights) = single.forward_with_attention(x.clone(), x.clone(), x.clone(), Some(&mask));
    let (output, weights_by_head) = multi.forward_with_attention(x.clone(), x.clone(), x, Some(&mask));

    assert_close(output, [2, 4, 6], &numbers(context));
    assert_close(weights_by_head.squeeze_dim::<3>(1), [2, 4, 4], &numbers(weights));
}

#[test]
fn three_heads_of_nine_have_360_parameters() {
    let attention = MultiHeadAttentionConfig::new(9, 3).init(&device());
    // Each of the four layers has 9 × 9 weights and 9 biases. Heads only share them out: their number does not count.
    assert_eq!(attention.num_params(), 4 * (9 * 9 + 9));
    assert_eq!(attention.num_params(), 360);

    let without_bias = MultiHeadAttentionConfig { bias: false, ..MultiHeadAttentionConfig::new(9, 3) };
    assert_eq!(without_bias.init(&device()).num_params(), 4 * 81);
}

#[test]
#[should_panic(expected = "not NaN or +∞")]
fn an_additive_mask_of_nan_is_refused() {
    let _ = Mask::additive(Tensor::from_data([[[[0.0, f32::NAN]]]], &device()));
}

#[test]
#[should_panic(expected = "more rows or columns than the scores")]
fn a_mask_larger_than_the_scores_is_refused() {
    let device = device();
    uniform_weights([1, 1, 1, 3], &Mask::causal(3, &device), &device);
}

#[test]
#[should_panic(expected = "do not broadcast")]
fn masks_that_do_not_fit_together_are_refused() {
    let device = device();
    let _ = Mask::causal(3, &device).and(Mask::causal(4, &device));
}

/// The weights where every score is 0 before the mask.
fn uniform_weights([batch_size, n_heads, queries, keys]: [usize; 4], mask: &Mask, device: &Device) -> Tensor<4> {
    let query = Tensor::zeros([batch_size, n_heads, queries, 2], device);
    let key = Tensor::ones([batch_size, n_heads, keys, 2], device);
    attention_weights(query, key, Some(mask))
}

fn identity(width: usize, device: &Device) -> Linear {
    Linear { weight: Param::from_tensor(Tensor::eye(width, device)), bias: None }
}

fn assert_close<const D: usize>(tensor: Tensor<D>, shape: [usize; D], expected: &[f32]) {
    assert_eq!(tensor.dims(), shape);
    closeness::assert_close(&numbers(tensor), expected);
}
