//! Heads of a width of their own, which is not d_model / n_heads.

mod closeness;
mod device;
mod numbers;

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Distribution, Tensor};
use closeness::assert_close;
use device::device;
use headlight_model::{AttentionEdits, Mask, MultiHeadAttention, scaled_dot_product_attention};
use numbers::numbers;

const D_MODEL: usize = 5;
const N_HEADS: usize = 2;
const D_HEAD: usize = 3;

#[test]
fn each_head_attends_with_its_own_slice() {
    let device = device();
    let attention = attention(&device);
    let x = random([2, 4, D_MODEL], &device);
    let mask = Mask::causal(4, &device);

    // The output is a sum over the heads, each computed with its own matrices alone, and the bias.
    let heads = (0..N_HEADS).map(|nth| {
        let head = attention.head(nth);
        assert_eq!([head.query.dims(), head.output.dims()], [[D_MODEL, D_HEAD], [D_HEAD, D_MODEL]]);
        let project = |weight: Tensor<2>, layer: &Linear| {
            let bias = layer.bias.as_ref().expect("these layers have one").val().narrow(0, nth * D_HEAD, D_HEAD);
            (x.clone().matmul(weight.unsqueeze()) + bias.unsqueeze()).unsqueeze_dim::<4>(1) // [2, 1, 4, D_HEAD]
        };
        let query = project(head.query, &attention.query);
        let [key, value] = [(head.key, &attention.key), (head.value, &attention.value)].map(|(w, l)| project(w, l));
        let (context, _) = scaled_dot_product_attention(query, key, value, Some(&mask));
        context.squeeze_dim::<3>(1).matmul(head.output.unsqueeze())
    });
    let bias = attention.output.bias.as_ref().expect("it has one").val();
    let expected = heads.reduce(|a, b| a + b).expect("there are heads") + bias.unsqueeze();

    let output = attention.forward(x.clone(), x.clone(), x.clone(), Some(&mask));
    assert_close(&numbers(output), &numbers(expected.clone()));
    let trace = attention.trace(x.clone(), x.clone(), x, Some(&mask), AttentionEdits::none());
    assert_eq!(trace.query.dims(), [2, N_HEADS, 4, D_HEAD]);
    assert_close(&numbers(trace.output), &numbers(expected));
}

#[test]
#[should_panic(expected = "4 heads do not divide a width of 6")]
fn heads_share_the_width_evenly() {
    let MultiHeadAttention { query, key, value, output, .. } = attention(&device());
    MultiHeadAttention::from_layers([query, key, value, output], 4);
}

fn attention(device: &Device) -> MultiHeadAttention {
    let width = N_HEADS * D_HEAD;
    let [query, key, value] = [(); 3].map(|()| layer(D_MODEL, width, device));
    MultiHeadAttention::from_layers([query, key, value, layer(width, D_MODEL, device)], N_HEADS)
}

fn layer(input: usize, output: usize, device: &Device) -> Linear {
    let [weight, bias] = [input, 1].map(|rows| random::<2>([rows, output], device));
    Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias.squeeze_dim(0))) }
}

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}
