use burn::module::{Module, Param};
use burn::tensor::Tensor;
use headlight_flex::layer_norm;
use serde::{Deserialize, Serialize};

/// Where a block normalises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NormPlacement {
    /// x + f(norm(x)): each part reads a normalised copy and adds its output to the stream, which is normalised once more after
    /// the last block. It trains without the long warm-up that the paper's way needs (Xiong et al.,
    /// [2020](https://arxiv.org/abs/2002.04745)).
    Pre,
    /// norm(x + f(x)), the paper's: the stream itself is normalised after each part, so there is no norm after the last block.
    Post,
}

/// What a norm divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormKind {
    /// The spread about the mean, which is subtracted: γ (x − mean(x)) / √(var(x) + ε) + β (Ba, Kiros and Hinton,
    /// [2016](https://arxiv.org/abs/1607.06450)).
    Layer,
    /// The root of the mean square, and nothing is subtracted: γ x / √(mean(x²) + ε) (Zhang and Sennrich,
    /// [2019](https://arxiv.org/abs/1910.07467)).
    RootMeanSquare,
}

/// The norm of a stream, or of the queries or keys of each head.
#[derive(Module, Debug)]
pub struct Norm {
    /// γ, `[d_model]`.
    pub gamma: Param<Tensor<1>>,
    /// β, `[d_model]`.
    pub beta: Option<Param<Tensor<1>>>,
    #[module(skip)]
    kind: NormKind,
    #[module(skip)]
    epsilon: f64,
}

impl Norm {
    /// A layer norm with these parameters, `[d_model]` each.
    pub fn layer(gamma: Tensor<1>, beta: Option<Tensor<1>>, epsilon: f64) -> Self {
        let [gamma, beta] = [Some(gamma), beta].map(|tensor| tensor.map(Param::from_tensor));
        Self { gamma: gamma.expect("given"), beta, kind: NormKind::Layer, epsilon }
    }

    /// A root-mean-square norm with this parameter, `[d_model]`.
    pub fn root_mean_square(gamma: Tensor<1>, epsilon: f64) -> Self {
        Self { gamma: Param::from_tensor(gamma), beta: None, kind: NormKind::RootMeanSquare, epsilon }
    }

    /// What it divides by.
    pub fn kind(&self) -> NormKind {
        self.kind
    }

    /// ε, which keeps it from dividing by 0.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// The normalised stream.
    ///
    /// # Shapes
    ///
    /// - stream, and what is returned: `[batch_size, seq_length, d_model]`
    pub fn forward(&self, stream: Tensor<3>) -> Tensor<3> {
        match (&self.kind, &self.beta) {
            (NormKind::Layer, Some(beta)) => layer_norm(stream, self.gamma.val(), beta.val(), self.epsilon),
            (_, beta) => {
                let normalised = self.share(&stream, stream.clone());
                match beta {
                    Some(beta) => normalised + beta.val().unsqueeze(),
                    None => normalised,
                }
            }
        }
    }

    /// A part's share of the normalised stream, at the scale that the whole stream has. The shares of the parts that a stream is the sum
    /// of, and β, add up to the normalised stream (Elhage et al., [2021](https://transformer-circuits.pub/2021/framework/index.html)).
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`
    /// - part: the same, or broadcastable to it
    /// - share: as the part, broadcast
    pub fn share(&self, stream: &Tensor<3>, part: Tensor<3>) -> Tensor<3> {
        let centred = |x: Tensor<3>| match self.kind {
            NormKind::Layer => x.clone() - x.mean_dim(2),
            NormKind::RootMeanSquare => x,
        };
        let mean_square = centred(stream.clone()).square().mean_dim(2); // [batch_size, seq_length, 1]
        let scale = (mean_square + self.epsilon).sqrt().recip();
        centred(part) * scale * self.gamma.val().unsqueeze()
    }
}

impl NormPlacement {
    /// What a part of a block reads of the stream.
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`, before and after
    pub(crate) fn before(self, norm: &Norm, stream: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Pre => norm.forward(stream),
            Self::Post => stream,
        }
    }

    /// The stream after a part, whose output has just been added to it.
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`, before and after
    pub(crate) fn after(self, norm: &Norm, stream: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Pre => stream,
            Self::Post => norm.forward(stream),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::LAYER_NORM_EPSILON;
    use crate::test_device::device;

    #[test]
    fn a_root_mean_square_norm_subtracts_nothing() {
        let device = device();
        let norm = Norm::root_mean_square(Tensor::from_data([1.0, 2.0], &device), 1.5);
        let normalised = norm.forward(Tensor::from_data([[[3.0, 4.0], [0.0, 0.0]]], &device));
        // The mean square of (3, 4) is 12.5, and √(12.5 + 1.5) = √14.
        let found = normalised.into_data().try_into_vec::<f32>().expect("f32");
        let expected = [3.0 / 14f32.sqrt(), 8.0 / 14f32.sqrt(), 0.0, 0.0];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} is not {expected:?}");
    }

    #[test]
    fn the_norm_is_before_the_part_or_behind_the_sum() {
        let device = device();
        let norm = Norm::layer(Tensor::ones([2], &device), Some(Tensor::zeros([2], &device)), LAYER_NORM_EPSILON);
        let around = |placement: NormPlacement| {
            let stream = Tensor::<3>::from_data([[[1.0, 3.0]]], &device);
            let read = placement.before(&norm, stream.clone());
            let after = placement.after(&norm, stream + read.clone() * 2.0);
            [after, read].map(|tensor| tensor.into_data().try_into_vec::<f32>().expect("f32"))
        };
        // The norm of (1, 3) is (−1, 1), and that of the sum (1, 3) + 2 · (1, 3) = (3, 9) as well.
        assert_close(around(NormPlacement::Pre), [[1.0 - 2.0, 3.0 + 2.0], [-1.0, 1.0]]);
        assert_close(around(NormPlacement::Post), [[-1.0, 1.0], [1.0, 3.0]]);
    }

    fn assert_close(found: [Vec<f32>; 2], expected: [[f32; 2]; 2]) {
        let [found, expected] = [found.concat(), expected.concat()];
        // The norm's epsilon is 1e-5 beside a variance of 1.
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4), "{found:?} is not {expected:?}");
    }
}
