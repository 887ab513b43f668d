use std::f64::consts::FRAC_2_PI;

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation};

use super::draw::{Draw, assert_close, numbers};
use crate::bridge::{linear_gelu, linear_gelu_tanh};

/// `[batch_size, seq_length, d_input, d_output]`, the last for several threads.
const SIZES: [[usize; 4]; 4] = [[1, 1, 1, 1], [3, 5, 7, 2], [2, 21, 33, 17], [7, 43, 130, 128]];

/// A layer with numbers from far below 0 to far above.
fn layer(draw: &mut Draw, [d_input, d_output]: [usize; 2]) -> Linear {
    let weight = draw.tensor([d_input, d_output]);
    Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(draw.tensor([d_output]) * 3.0)) }
}

#[test]
fn gelu_is_burns() {
    for (seed, [batch_size, seq_length, d_input, d_output]) in (200..).zip(SIZES) {
        let mut draw = Draw::new(seed, Device::flex());
        let layer = layer(&mut draw, [d_input, d_output]);
        let x = draw.tensor([batch_size, seq_length, d_input]);
        let found = linear_gelu(&layer, &x).expect("flex is served");
        assert_close("exact", &numbers(found), &numbers(activation::gelu(layer.forward(x))));
    }
}

#[test]
fn gelu_by_tanh_is_its_formula() {
    for (seed, [batch_size, seq_length, d_input, d_output]) in (210..).zip(SIZES) {
        let mut draw = Draw::new(seed, Device::flex());
        let layer = Linear { bias: None, ..layer(&mut draw, [d_input, d_output]) };
        let x = draw.tensor([batch_size, seq_length, d_input]);
        let found = linear_gelu_tanh(&layer, &x).expect("flex is served");
        let formula = |y: f32| {
            let y = f64::from(y);
            (y * (1.0 + (FRAC_2_PI.sqrt() * (y + 0.044715 * y.powi(3))).tanh()) / 2.0) as f32
        };
        let expected: Vec<f32> = numbers(layer.forward(x)).into_iter().map(formula).collect();
        assert_close("by tanh", &numbers(found), &expected);
    }
}

#[test]
fn where_a_gradient_is_asked_for_the_kernel_does_not_serve() {
    let mut draw = Draw::tracked(220);
    let layer = layer(&mut draw, [3, 4]);
    let x: Tensor<3> = draw.tensor([2, 5, 3]);
    assert!(linear_gelu(&layer, &x).is_none());
    assert!(linear_gelu_tanh(&layer, &x).is_none());
}
