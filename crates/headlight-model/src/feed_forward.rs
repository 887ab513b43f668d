use std::f64::consts::SQRT_2;

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use headlight_flex::{linear, linear_relu};
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

/// activation(x W₁ + b₁) W₂ + b₂, an up projection and a down projection, at each position by itself: equation 2 of Vaswani et al.
#[derive(Module, Debug)]
pub(crate) struct FeedForward {
    up: Linear,
    down: Linear,
    #[module(skip)]
    activation: Activation,
}

impl FeedForward {
    pub(crate) fn new(
        d_model: usize,
        d_ff: usize,
        activation: Activation,
        initial: &mut InitialParameters<'_>,
    ) -> Self {
        Self {
            up: initial.linear(d_model, d_ff, true, 1.0),
            down: initial.linear(d_ff, d_model, true, RESIDUAL_GAIN),
            activation,
        }
    }

    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`, before and after
    pub(crate) fn forward(&self, stream: Tensor<3>) -> Tensor<3> {
        let activated = match self.activation {
            Activation::Relu => linear_relu(&self.up, stream),
            Activation::Gelu => gelu(linear(&self.up, stream)),
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
    fn relu_is_the_larger_of_0_and_x() {
        assert_eq!(through(Activation::Relu), [0.0, 0.0, 0.0, 0.5, 1.0, 3.0]);
    }

    /// Feed-forward with both matrices 1 and no shift, so that only the activation acts.
    fn layer(activation: Activation, device: &Device) -> FeedForward {
        let one = || Linear {
            weight: Param::from_tensor(Tensor::ones([1, 1], device)),
            bias: Some(Param::from_tensor(Tensor::zeros([1], device))),
        };
        FeedForward { up: one(), down: one(), activation }
    }

    fn through(activation: Activation) -> Vec<f32> {
        let device = device();
        let stream = Tensor::<1>::from_data(POINTS, &device).reshape([1, 6, 1]);
        layer(activation, &device).forward(stream).into_data().try_into_vec().expect("f32")
    }
}
