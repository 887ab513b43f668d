use std::f64::consts::{FRAC_2_PI, SQRT_2};

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Tensor, activation};
use headlight_flex::{linear, linear_gelu, linear_gelu_tanh, linear_relu};
use serde::{Deserialize, Serialize};

use crate::init::{InitialParameters, RESIDUAL_GAIN};

/// The activation of the feed-forward layers: without it two linear layers would be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, x), the paper's.
    Relu,
    /// x Φ(x), with the normal distribution's Φ itself and not an approximation of it (Hendrycks and Gimpel,
    /// [2016](https://arxiv.org/abs/1606.08415)).
    Gelu,
}

/// The activations of models that others trained; a [`TransformerConfig`](crate::TransformerConfig) has a choice of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonlinearity {
    /// max(0, x).
    Relu,
    /// x Φ(x).
    Gelu,
    /// x (1 + tanh(√(2 / π) (x + 0.044715 x³))) / 2: GELU by the approximation of the same paper.
    GeluTanh,
    /// x / (1 + exp(−x)), also called swish (Elfwing, Uchibe and Doya, [2017](https://arxiv.org/abs/1702.03118)).
    Silu,
}

/// activation(x W₁ + b₁) W₂ + b₂, an up projection and a down projection, at each position by itself: equation 2 of Vaswani et al.
///
/// With a gate, (activation(x W_g) ∘ x W₁) W₂ (Shazeer, [2020](https://arxiv.org/abs/2002.05202)).
#[derive(Module, Debug)]
pub struct FeedForward {
    up: Linear,
    down: Linear,
    gate: Option<Linear>,
    #[module(skip)]
    activation: Nonlinearity,
}

impl From<Activation> for Nonlinearity {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::Relu => Self::Relu,
            Activation::Gelu => Self::Gelu,
        }
    }
}

impl Nonlinearity {
    /// The activation of each number.
    pub fn forward(self, x: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Relu => activation::relu(x),
            Self::Gelu => gelu(x),
            Self::GeluTanh => {
                let inner = (x.clone() + x.clone().powi_scalar(3) * 0.044715) * FRAC_2_PI.sqrt();
                x * (inner.tanh() + 1.0) / 2.0
            }
            Self::Silu => activation::silu(x),
        }
    }
}

impl FeedForward {
    /// The module of these layers.
    ///
    /// # Shapes
    ///
    /// - weights of up and gate: `[d_model, d_ff]`
    /// - weight of down: `[d_ff, d_model]`
    pub fn from_layers(up: Linear, gate: Option<Linear>, down: Linear, activation: Nonlinearity) -> Self {
        Self { up, down, gate, activation }
    }

    pub(crate) fn new(
        d_model: usize,
        d_ff: usize,
        activation: Activation,
        initial: &mut InitialParameters<'_>,
    ) -> Self {
        Self {
            up: initial.linear(d_model, d_ff, true, 1.0),
            down: initial.linear(d_ff, d_model, true, RESIDUAL_GAIN),
            gate: None,
            activation: activation.into(),
        }
    }

    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`, before and after
    pub fn forward(&self, stream: Tensor<3>) -> Tensor<3> {
        let activated = match (&self.gate, self.activation) {
            (Some(gate), activation) => activation.forward(linear(gate, stream.clone())) * linear(&self.up, stream),
            (None, Nonlinearity::Relu) => linear_relu(&self.up, stream),
            (None, activation) => {
                // In one pass, where the device has one and no gradient is asked for.
                let merged = match activation {
                    Nonlinearity::Gelu => linear_gelu(&self.up, &stream),
                    Nonlinearity::GeluTanh => linear_gelu_tanh(&self.up, &stream),
                    Nonlinearity::Relu | Nonlinearity::Silu => None,
                };
                merged.unwrap_or_else(|| activation.forward(linear(&self.up, stream)))
            }
        };
        linear(&self.down, activated)
    }
}

/// x Φ(x) = x (1 + erf(x / √2)) / 2. Not Burn's: the gradient of that one is, but for flex, the gradient of the approximation by
/// tanh, which is off by up to 9e-4.
fn gelu(x: Tensor<3>) -> Tensor<3> {
    let phi = (x.clone() / SQRT_2).erf() + 1.0;
    x * phi / 2.0
}

#[cfg(test)]
mod tests {
    use burn::module::Param;
    use burn::tensor::Device;

    use super::*;
    use crate::test_device::device;

    const POINTS: [f32; 6] = [-2.0, -1.0, 0.0, 0.5, 1.0, 3.0];

    #[test]
    fn gelu_is_the_exact_one() {
        // x Φ(x) by a table of the normal distribution. The usual approximation by tanh is off by 1e-4 at 1 and at −1.
        let found = through(Activation::Gelu);
        let expected = [-2.0 * 0.022_750_13, -0.158_655_25, 0.0, 0.5 * 0.691_462_46, 0.841_344_8, 3.0 * 0.998_650_1];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-6), "{found:?} is not {expected:?}");
    }

    #[test]
    fn the_gradient_of_gelu_is_the_exact_one_too() {
        // Φ(x) + x φ(x), by the same table. That of the approximation by tanh is off by 9e-4 at −2.
        let device = device().autodiff();
        let x = Tensor::<1>::from_data(POINTS, &device).require_grad();
        let gradients = layer(Activation::Gelu, &device).forward(x.clone().reshape([1, 6, 1])).sum().backward();
        let found: Vec<f32> = x.grad(&gradients).expect("it requires one").into_data().try_into_vec().expect("f32");
        let expected = [-0.085_231_8, -0.083_315_5, 0.5, 0.867_495_1, 1.083_315_5, 1.011_945_6];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} is not {expected:?}");
    }

    #[test]
    fn those_of_other_models_are_pytorchs() {
        // torch.nn.functional.gelu(x, approximate="tanh") and silu(x) at the points.
        let device = device();
        let of = |activation: Nonlinearity| -> Vec<f32> {
            let x = Tensor::<1>::from_data(POINTS, &device).reshape([1, 6, 1]);
            activation.forward(x).into_data().try_into_vec().expect("f32")
        };
        let tanh = [-0.045_402_3, -0.158_808, 0.0, 0.345_714, 0.841_192, 2.996_362_7];
        let silu = [-0.238_405_84, -0.268_941_43, 0.0, 0.311_229_66, 0.731_058_6, 2.857_722_3];
        for (found, expected) in [(of(Nonlinearity::GeluTanh), tanh), (of(Nonlinearity::Silu), silu)] {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-6), "{found:?} is not {expected:?}");
        }
    }

    #[test]
    fn a_gate_multiplies() {
        let device = device();
        let number =
            |weight: f32| Linear { weight: Param::from_tensor(Tensor::full([1, 1], weight, &device)), bias: None };
        let layer = FeedForward::from_layers(number(2.0), Some(number(-1.0)), number(10.0), Nonlinearity::Relu);
        let stream = Tensor::<1>::from_data(POINTS, &device).reshape([1, 6, 1]);
        let found = layer.forward(stream).into_data().try_into_vec::<f32>().expect("f32");
        assert_eq!(found, [-80.0, -20.0, 0.0, 0.0, 0.0, 0.0]); // 10 · max(0, −x) · 2x
    }

    #[test]
    fn relu_is_the_larger_of_0_and_x() {
        assert_eq!(through(Activation::Relu), [0.0, 0.0, 0.0, 0.5, 1.0, 3.0]);
    }

    /// Feed-forward with both matrices 1 and no shift, so that only the activation acts.
    fn layer(activation: Activation, device: &Device) -> FeedForward {
        let one = || Linear {
            weight: Param::from_tensor(Tensor::ones([1, 1], device)),
            bias: Some(Param::from_tensor(Tensor::zeros([1], device))),
        };
        FeedForward { up: one(), down: one(), gate: None, activation: activation.into() }
    }

    fn through(activation: Activation) -> Vec<f32> {
        let device = device();
        let stream = Tensor::<1>::from_data(POINTS, &device).reshape([1, 6, 1]);
        layer(activation, &device).forward(stream).into_data().try_into_vec().expect("f32")
    }
}
