use burn::module::{Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::activation::relu;
use burn::tensor::{Device, FloatDType, Tensor};

use super::draw::{Draw, assert_close, loss, numbers};
use crate::bridge::{layer_norm, linear, linear_relu};
use crate::kernels::Activation::{Identity, Relu};

/// Keeps a layer norm from dividing by 0.
const EPSILON: f64 = 1e-5;

/// `[batch_size, seq_length, d_input, d_output]`
const SIZES: [[usize; 4]; 7] = [
    [1, 1, 1, 1],
    [2, 1, 17, 3],
    [1, 3, 1, 33],
    [3, 5, 7, 2],
    [2, 21, 33, 17],
    [5, 13, 64, 65],
    // Large enough for several threads.
    [7, 43, 130, 128],
];

/// A way to look at the same numbers, by name. It gives back the shape that it was given.
type View = (&'static str, fn(Tensor<3>) -> Tensor<3>);

const VIEWS: [View; 6] = [
    ("in order", |x| x),
    ("tokens before sequences", |x| in_memory_as(x, |x| x.swap_dims(0, 1))),
    ("features before tokens", |x| in_memory_as(x, |x| x.swap_dims(1, 2))),
    ("flipped", |x| x.flip([0, 1, 2])),
    ("part of something larger", |x| {
        let [_, seq_length, width] = x.dims();
        Tensor::cat(vec![x.clone(), x.clone(), x], 2).narrow(2, width, width).narrow(1, 0, seq_length)
    }),
    ("the first token repeated", |x| {
        let shape = x.dims();
        x.narrow(1, 0, 1).expand(shape)
    }),
];

/// The same tensor, its numbers lying as if `swap`, which is its own inverse, had not happened.
fn in_memory_as(x: Tensor<3>, swap: fn(Tensor<3>) -> Tensor<3>) -> Tensor<3> {
    let swapped = swap(x);
    let shape = swapped.dims();
    // Reshaping through one axis puts the numbers in order.
    swap(swapped.reshape([shape.iter().product::<usize>()]).reshape(shape))
}

#[test]
fn linear_is_burns() {
    for (seed, [batch_size, seq_length, d_input, d_output]) in (0..).zip(SIZES) {
        let mut draw = Draw::tracked(seed);
        for layer in linear_layers(&mut draw, d_input, d_output) {
            let x = draw.tensor([batch_size, seq_length, d_input]);
            check_linear(&layer, &x);
        }
    }
}

#[test]
fn layer_norm_is_burns() {
    for (seed, [batch_size, seq_length, width, _]) in (20..).zip(SIZES) {
        let mut draw = Draw::tracked(seed);
        for norm in norms(&mut draw, width) {
            let x = draw.tensor([batch_size, seq_length, width]);
            assert!(kernel(&norm, &x).is_some());
            for (view_name, view) in VIEWS {
                let run = |f: fn(&LayerNorm, Tensor<3>) -> Tensor<3>| {
                    let x = x.clone().require_grad();
                    let output = f(&norm, view(x.clone()));
                    let gradients = loss(output.clone()).backward();
                    let beta = norm.beta.as_ref().expect("there is a beta").val();
                    let of_parameters = [norm.gamma.val(), beta].map(|p| numbers(p.grad(&gradients).expect("tracked")));
                    let of_input = numbers(x.grad(&gradients).expect("tracked"));
                    (output.dims(), [vec![numbers(output), of_input], of_parameters.to_vec()].concat())
                };
                let what = format!("layer norm of {:?}, {view_name}", x.dims());
                compare(&what, run(normalise), run(|norm, x| norm.forward(x)));
            }
        }
    }
}

#[test]
fn without_autodiff_the_values_are_the_same() {
    for (seed, [batch_size, seq_length, d_input, d_output]) in (40..).zip(SIZES) {
        let mut draw = Draw::new(seed, Device::flex());
        let x = draw.tensor([batch_size, seq_length, d_input]);
        for (view_name, view) in VIEWS {
            let input = || view(x.clone());
            for layer in linear_layers(&mut draw, d_input, d_output) {
                assert!(linear::linear(&layer, &input(), Identity).is_some());
                let plain = layer.forward(input());
                assert_close(view_name, &numbers(linear(&layer, input())), &numbers(plain.clone()));
                assert_close(view_name, &numbers(linear_relu(&layer, input())), &numbers(relu(plain)));
            }
            for norm in norms(&mut draw, d_input) {
                let plain = norm.forward(input());
                assert_close(view_name, &numbers(normalise(&norm, input())), &numbers(plain));
            }
        }
    }
}

#[test]
fn what_needs_no_gradient_gets_none() {
    let mut draw = Draw::tracked(60);
    let [layer, ..] = linear_layers(&mut draw, 3, 4);
    let x = draw.tensor([2, 5, 3]);

    // The input is a constant: the parameters learn.
    let gradients = loss(linear_relu(&layer, x.clone())).backward();
    let expected = loss(relu(layer.forward(x.clone()))).backward();
    assert!(x.grad(&gradients).is_none());
    let of_weight = |gradients| numbers(layer.weight.val().grad(gradients).expect("tracked"));
    assert_close("weight", &of_weight(&gradients), &of_weight(&expected));

    // The parameters are frozen: the input learns.
    let frozen = layer.no_grad();
    let x = x.require_grad();
    let gradients = loss(linear_relu(&frozen, x.clone())).backward();
    let expected = loss(relu(frozen.forward(x.clone()))).backward();
    assert!(frozen.weight.val().grad(&gradients).is_none());
    let of_input = |gradients| numbers(x.grad(gradients).expect("tracked"));
    assert_close("input", &of_input(&gradients), &of_input(&expected));
}

#[test]
fn an_input_without_autodiff_is_a_constant() {
    let mut draw = Draw::tracked(65);
    let [layer, ..] = linear_layers(&mut draw, 3, 4);
    let [_, norm] = norms(&mut draw, 3);
    let x = Draw::new(66, Device::flex()).tensor([2, 5, 3]);
    let tracked = Tensor::<3>::from_data(x.to_data(), &draw.device);
    let of_weight = |output: Tensor<3>| {
        let gradients = loss(output).backward();
        numbers(layer.weight.val().grad(&gradients).expect("tracked"))
    };
    let fast = linear::linear(&layer, &x, Identity).expect("flex is served");
    assert_close("weight", &of_weight(fast), &of_weight(layer.forward(tracked.clone())));

    let of_gamma = |output: Tensor<3>| {
        let gradients = loss(output).backward();
        numbers(norm.gamma.val().grad(&gradients).expect("tracked"))
    };
    let fast = kernel(&norm, &x).expect("flex is served");
    assert_close("gamma", &of_gamma(fast), &of_gamma(norm.forward(tracked)));
}

#[test]
fn an_output_that_is_used_twice_passes_both_gradients_back() {
    let mut draw = Draw::tracked(70);
    let [layer, ..] = linear_layers(&mut draw, 5, 5);
    let [norm, ..] = norms(&mut draw, 5);
    let x = draw.tensor([2, 3, 5]);
    let run = |fast: bool| {
        let x = x.clone().require_grad();
        let y = if fast { normalise(&norm, x.clone()) } else { norm.forward(x.clone()) };
        // The same layer twice, too.
        let z = if fast {
            linear(&layer, linear_relu(&layer, y.clone()))
        } else {
            layer.forward(relu(layer.forward(y.clone())))
        };
        let gradients = loss(y * z.clone() + z.clone() * z).backward();
        let of_weight = numbers(layer.weight.val().grad(&gradients).expect("tracked"));
        [numbers(x.grad(&gradients).expect("tracked")), of_weight].concat()
    };
    assert_close("both", &run(true), &run(false));
}

#[test]
fn a_layer_without_a_bias_is_burns() {
    for (seed, [batch_size, seq_length, d_input, d_output]) in (80..).zip(SIZES) {
        let mut draw = Draw::tracked(seed);
        let [layer, ..] = linear_layers(&mut draw, d_input, d_output);
        let layer = Linear { bias: None, ..layer };
        let x = draw.tensor([batch_size, seq_length, d_input]);
        assert!(linear::linear(&layer, &x, Identity).is_some());
        let run = |f: fn(&Linear, Tensor<3>) -> Tensor<3>| {
            let x = x.clone().require_grad();
            let output = f(&layer, x.clone());
            let gradients = loss(output.clone()).backward();
            let of_weight = numbers(layer.weight.val().grad(&gradients).expect("tracked"));
            (output.dims(), vec![numbers(output), numbers(x.grad(&gradients).expect("tracked")), of_weight])
        };
        compare("linear", run(linear), run(|layer, x| layer.forward(x)));
        compare("linear with ReLU", run(linear_relu), run(|layer, x| relu(layer.forward(x))));
    }
}

#[test]
fn f64_takes_the_plain_path() {
    let mut draw = Draw::tracked(90);
    let [layer, ..] = linear_layers(&mut draw, 3, 4);
    let [norm, ..] = norms(&mut draw, 3);
    let x = draw.tensor([2, 5, 3]).cast(FloatDType::F64);
    assert!(linear::linear(&layer, &x, Relu).is_none());
    assert!(kernel(&norm, &x).is_none());

    let (weight, bias) = (draw.tensor([3, 4]).cast(FloatDType::F64), draw.tensor([4]).cast(FloatDType::F64));
    let layer = Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) };
    let in_f64 = linear(&layer, x.clone()).into_data();
    in_f64.assert_eq(&layer.forward(x).into_data(), true);
}

#[test]
fn empty_batches_stay_empty() {
    let mut draw = Draw::new(100, Device::flex());
    let [layer, ..] = linear_layers(&mut draw, 3, 4);
    let [norm, ..] = norms(&mut draw, 3);
    let x = draw.tensor([0, 5, 3]);
    assert_eq!(linear(&layer, x.clone()).dims(), [0, 5, 4]);
    assert_eq!(normalise(&norm, x).dims(), [0, 5, 3]);
}

/// One as it is made, one whose weight is a view of its transposed, and one that is cut out of larger parameters.
fn linear_layers(draw: &mut Draw, d_input: usize, d_output: usize) -> [Linear; 3] {
    let transposed = draw.tensor([d_output, d_input]).transpose();
    let cut = draw.tensor([d_input + 2, d_output + 3]).narrow(0, 1, d_input).narrow(1, 2, d_output);
    let in_order = draw.tensor([d_input, d_output]);
    let flipped = draw.tensor([d_output]).flip([0]);
    let biases = [draw.tensor([d_output]), flipped, draw.tensor([d_output + 1]).narrow(0, 1, d_output)];
    let mut biases = biases.into_iter();
    [in_order, transposed, cut]
        .map(|weight| Linear { weight: Param::from_tensor(weight), bias: biases.next().map(Param::from_tensor) })
}

/// Our function with the parameters of Burn's layer.
fn normalise(norm: &LayerNorm, x: Tensor<3>) -> Tensor<3> {
    let beta = norm.beta.as_ref().expect("there is a beta").val();
    layer_norm(x, norm.gamma.val(), beta, EPSILON)
}

/// The kernel alone; `None` where it does not serve.
fn kernel(norm: &LayerNorm, x: &Tensor<3>) -> Option<Tensor<3>> {
    let beta = norm.beta.as_ref().expect("there is a beta").val();
    layer_norm::layer_norm(x, &norm.gamma.val(), &beta, EPSILON as f32)
}

/// A fresh one, and one whose parameters are cut out of larger ones.
fn norms(draw: &mut Draw, width: usize) -> [LayerNorm; 2] {
    let fresh = LayerNormConfig::new(width).with_epsilon(EPSILON).init(&draw.device);
    let [gamma, beta] = [(); 2].map(|()| Param::from_tensor(draw.tensor([2 * width]).flip([0]).narrow(0, 1, width)));
    let mut drawn = fresh.clone();
    (drawn.gamma, drawn.beta) = (gamma, Some(beta));
    [fresh, drawn]
}

/// Compares shape and values of the outputs, and the gradients of input, weight and bias.
fn check_linear(layer: &Linear, x: &Tensor<3>) {
    type Layer = fn(&Linear, Tensor<3>) -> Tensor<3>;
    let pairs: [(_, Layer, Layer); 2] =
        [(Identity, linear, |layer, x| layer.forward(x)), (Relu, linear_relu, |layer, x| relu(layer.forward(x)))];
    for (activation, fast, plain) in pairs {
        assert!(linear::linear(layer, x, activation).is_some());
        for (view_name, view) in VIEWS {
            let run = |f: Layer| {
                let x = x.clone().require_grad();
                let output = f(layer, view(x.clone()));
                let gradients = loss(output.clone()).backward();
                let bias = layer.bias.as_ref().expect("there is a bias").val();
                let of_bias = numbers(bias.grad(&gradients).expect("tracked"));
                let of_weight = numbers(layer.weight.val().grad(&gradients).expect("tracked"));
                let of_input = numbers(x.grad(&gradients).expect("tracked"));
                (output.dims(), vec![numbers(output), of_input, of_weight, of_bias])
            };
            let what = format!("linear of {:?}, {activation:?}, {view_name}", x.dims());
            compare(&what, run(fast), run(plain));
        }
    }
}

/// Output first, then gradients: of the input and of the parameters.
fn compare(what: &str, fast: ([usize; 3], Vec<Vec<f32>>), plain: ([usize; 3], Vec<Vec<f32>>)) {
    assert_eq!(fast.0, plain.0, "{what}");
    for (at, (fast, plain)) in fast.1.iter().zip(&plain.1).enumerate() {
        let part = ["output", "gradient of the input", "gradient of weight or γ", "gradient of bias or β"][at];
        assert_close(&format!("{what}: {part}"), fast, plain);
    }
}
