//! A query from which every key is hidden: weights 0, context 0, and so the output bias alone; no NaN on the way back.

mod closeness;
mod device;
mod numbers;

use burn::module::Param;
use burn::tensor::{Device, Gradients, Int, Tensor};
use closeness::assert_close;
use device::device;
use headlight_model::{Mask, MultiHeadAttention, MultiHeadAttentionConfig, scaled_dot_product_attention};
use numbers::numbers;

/// The first key is padding, so under a causal mask the first query sees nothing.
fn left_padded(device: &Device) -> Mask {
    Mask::causal(3, device).and(Mask::key_padding(Tensor::from_data([[true, false, false]], device)))
}

#[test]
fn weights_and_context_are_zero() {
    let device = device();
    let query = Tensor::<4>::ones([1, 1, 3, 2], &device);
    let value = Tensor::from_data([[[[7.0], [2.0], [4.0]]]], &device);

    let (context, weights) = scaled_dot_product_attention(query.clone(), query, value, Some(&left_padded(&device)));

    // Exactly: query 0 sees nothing, query 1 only key 1, query 2 the keys 1 and 2 alike.
    assert_eq!(numbers(weights), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.5, 0.5]);
    assert_eq!(numbers(context), [0.0, 2.0, 3.0]);
}

#[test]
fn minus_infinity_everywhere_is_the_same() {
    let device = device();
    let added = [[0.0, 0.0], [f32::NEG_INFINITY; 2]];
    let mask = Mask::additive(Tensor::<2>::from_data(added, &device).unsqueeze());
    let query = Tensor::<4>::ones([1, 1, 2, 2], &device);
    let (context, weights) = scaled_dot_product_attention(query.clone(), query.clone(), query, Some(&mask));
    assert_eq!(numbers(weights), [0.5, 0.5, 0.0, 0.0]);
    assert_eq!(numbers(context), [1.0, 1.0, 0.0, 0.0]);
}

#[test]
fn scores_of_any_size_leave_other_rows_right() {
    let device = device();
    // Scores around ±1e30, which a mask of −1e9 would not hide: key 0 would win.
    let query = Tensor::from_data([[[[1e30], [-1e30]]]], &device);
    let key = Tensor::from_data([[[[1.0], [0.5], [0.25]]]], &device);
    let mask = Mask::key_padding(Tensor::from_data([[true, false, false]], &device));
    let (_, weights) = scaled_dot_product_attention(query, key.clone(), key, Some(&mask));
    assert_eq!(numbers(weights), [0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn the_module_gives_its_output_bias() {
    let device = device();
    let attention = attention_with_biases(&device);
    let bias = numbers(attention.output.bias.as_ref().expect("it has biases").val());
    let x = waves([1, 3, 4], 0.0, &device);

    let (output, weights) =
        attention.forward_with_attention(x.clone(), x.clone(), x.clone(), Some(&left_padded(&device)));
    let [hidden_row, row_1, row_2] = [0, 1, 2].map(|row| numbers(output.clone().narrow(1, row, 1)));

    assert_eq!(hidden_row, bias);
    assert!(numbers(weights.narrow(2, 0, 1)).iter().all(|weight| *weight == 0.0));

    // The rows beside it are what they are without it: one query at a time, over the keys that it sees.
    let alone = |query: usize, keys: usize| {
        let seen = x.clone().narrow(1, 1, keys);
        numbers(attention.forward(x.clone().narrow(1, query, 1), seen.clone(), seen, None))
    };
    assert_close(&row_1, &alone(1, 1));
    assert_close(&row_2, &alone(2, 2));
}

#[test]
fn gradients_are_finite_and_those_of_the_hidden_example_are_zero() {
    let device = device().autodiff();
    let attention = attention_with_biases(&device);
    // Example 0 is whole, example 1 nothing but padding.
    let padding = Tensor::from_data([[false, false, false], [true, true, true]], &device);
    let mask = Mask::key_padding(padding);
    let [query, key, value] = [0.0, 1.0, 2.0].map(|phase| waves([2, 3, 4], phase, &device).require_grad());

    let output = attention.forward(query.clone(), key.clone(), value.clone(), Some(&mask));
    let gradients = (output.clone() * output).sum().backward();

    for input in [&query, &key, &value] {
        let of_input = input.grad(&gradients).expect("inputs require gradients");
        assert!(numbers(of_input.clone().narrow(0, 0, 1)).iter().all(|number| number.is_finite() && *number != 0.0));
        assert!(numbers(of_input.narrow(0, 1, 1)).iter().all(|number| *number == 0.0));
    }

    // The projections learn from example 0 alone, as if example 1 were not in the batch.
    let [one_query, one_key, one_value] = [&query, &key, &value].map(|input| input.clone().detach().narrow(0, 0, 1));
    let output = attention.forward(one_query, one_key, one_value, None);
    let without = (output.clone() * output).sum().backward();
    for layer in [&attention.query, &attention.key, &attention.value, &attention.output] {
        let of_weight = |gradients: &Gradients| numbers(layer.weight.val().grad(gradients).expect("tracked"));
        assert_close(&of_weight(&gradients), &of_weight(&without));
    }
    let of_biases = [&attention.query, &attention.key, &attention.value, &attention.output].map(|layer| {
        let bias = layer.bias.as_ref().expect("it has biases").val();
        numbers(bias.grad(&gradients).expect("tracked"))
    });
    assert!(of_biases.iter().flatten().all(|number| number.is_finite()));
}

/// Fresh weights and biases that are not zero, so that nothing is hidden by a zero.
fn attention_with_biases(device: &Device) -> MultiHeadAttention {
    let mut attention = MultiHeadAttentionConfig::new(4, 2).init(device);
    let layers = [&mut attention.query, &mut attention.key, &mut attention.value, &mut attention.output];
    for (layer, phase) in layers.into_iter().zip([0.3, 0.6, 0.9, 1.2]) {
        layer.bias = Some(Param::from_tensor(waves([1, 1, 4], phase, device).reshape([4])));
    }
    attention
}

/// Numbers that look like nothing in particular and are the same every time.
fn waves(shape: [usize; 3], phase: f32, device: &Device) -> Tensor<3> {
    let count = shape.iter().product::<usize>() as i64;
    (Tensor::<1, Int>::arange(0..count, device).float() * 1.7 + phase).sin().reshape(shape)
}
