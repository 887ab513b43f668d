//! Heads of a width of their own, which is not d_model / n_heads; heads that share keys and values; heads with norms.

mod closeness;
mod device;
mod numbers;

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Distribution, Tensor};
use closeness::assert_close;
use device::device;
use headlight_model::{AttentionEdits, Mask, MultiHeadAttention, Norm, scaled_dot_product_attention};
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

#[test]
fn shared_keys_and_values_are_those_repeated_for_each_head() {
    // Six heads of queries, two of keys and values: heads 0, 1 and 2 read the first, heads 3, 4 and 5 the second.
    let (device, n_heads, group) = (device(), 6, 3);
    let [width, shared_width] = [n_heads, n_heads / group].map(|heads| heads * D_HEAD);
    let [query, key, value] = [width, shared_width, shared_width].map(|width| layer(D_MODEL, width, &device));
    let output = layer(width, D_MODEL, &device);
    let repeated = |shared: &Linear| {
        let heads = (0..n_heads).map(|head| head / group * D_HEAD);
        let weight = Tensor::cat(heads.clone().map(|first| shared.weight.val().narrow(1, first, D_HEAD)).collect(), 1);
        let bias = shared.bias.as_ref().expect("it has one").val();
        let bias = Tensor::cat(heads.map(|first| bias.clone().narrow(0, first, D_HEAD)).collect(), 0);
        Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) }
    };
    let by_hand = [query.clone(), repeated(&key), repeated(&value), output.clone()];
    let by_hand = MultiHeadAttention::from_layers(by_hand, n_heads);
    let attention = MultiHeadAttention::from_layers([query, key, value, output], n_heads);

    let x = random([2, 4, D_MODEL], &device);
    let mask = Mask::causal(4, &device);
    let both = [&attention, &by_hand].map(|attention| {
        let (output, weights) = attention.forward_with_attention(x.clone(), x.clone(), x.clone(), Some(&mask));
        let forward = attention.forward(x.clone(), x.clone(), x.clone(), Some(&mask));
        let trace = attention.trace(x.clone(), x.clone(), x.clone(), Some(&mask), AttentionEdits::none());
        assert_eq!([trace.key.dims(), trace.value.dims()], [[2, n_heads, 4, D_HEAD]; 2]);
        [numbers(output), numbers(weights), numbers(forward), numbers(trace.output), numbers(trace.key)].concat()
    });
    assert_close(&both[0], &both[1]);
    for head in 0..n_heads {
        let both = [&attention, &by_hand].map(|attention| {
            let head = attention.head(head);
            let biases = head.biases.expect("they have biases").map(numbers).concat();
            [numbers(head.query), numbers(head.key), numbers(head.value), numbers(head.output), biases].concat()
        });
        assert_eq!(both[0], both[1], "head {head}");
    }
}

#[test]
#[should_panic(expected = "4 heads share a width of 12, and cannot share keys of width 9")]
fn heads_that_share_are_groups_of_one_size() {
    let device = device();
    let [query, key, value] = [12, 9, 9].map(|width| layer(D_MODEL, width, &device));
    MultiHeadAttention::from_layers([query, key, value, layer(12, D_MODEL, &device)], 4);
}

#[test]
fn norms_are_each_heads_and_before_the_scores() {
    let device = device();
    let gammas = [[0.5, 2.0, -1.0], [1.5, 1.0, 0.25]];
    let norms = gammas.map(|gamma| Norm::root_mean_square(Tensor::from_data(gamma, &device), 0.125));
    let x = random([1, 4, D_MODEL], &device);
    let plain = attention(&device);
    let trace =
        |attention: &MultiHeadAttention| attention.trace(x.clone(), x.clone(), x.clone(), None, AttentionEdits::none());
    let before = trace(&plain);
    let after = trace(&plain.with_norms(norms));
    // γ x / √(mean(x²) + ε) over the three features of each head at each position.
    let by_hand = |rows: Tensor<4>, gamma: [f32; D_HEAD]| -> Vec<f32> {
        let rows = numbers(rows);
        let normalised = rows.chunks(D_HEAD).flat_map(|row| {
            let scale = (row.iter().map(|x| x * x).sum::<f32>() / D_HEAD as f32 + 0.125).sqrt();
            row.iter().zip(gamma).map(move |(x, gamma)| gamma * x / scale)
        });
        normalised.collect()
    };
    assert_close(&numbers(after.query.clone()), &by_hand(before.query, gammas[0]));
    assert_close(&numbers(after.key.clone()), &by_hand(before.key, gammas[1]));
    assert_close(&numbers(after.value.clone()), &numbers(before.value));
    let (_, weights) = scaled_dot_product_attention(after.query, after.key, after.value, None);
    assert_close(&numbers(after.weights), &numbers(weights));
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
