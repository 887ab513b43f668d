use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use headlight_flex::layer_norm;
use serde::{Deserialize, Serialize};

use crate::init::LAYER_NORM_EPSILON;

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

impl NormPlacement {
    /// What a part of a block reads of the stream.
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`, before and after
    pub(crate) fn before(self, norm: &LayerNorm, stream: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Pre => layer_norm(norm, LAYER_NORM_EPSILON, stream),
            Self::Post => stream,
        }
    }

    /// The stream after a part, whose output has just been added to it.
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`, before and after
    pub(crate) fn after(self, norm: &LayerNorm, stream: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Pre => stream,
            Self::Post => layer_norm(norm, LAYER_NORM_EPSILON, stream),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::LayerNormConfig;

    use super::*;
    use crate::test_device::device;

    #[test]
    fn the_norm_is_before_the_part_or_behind_the_sum() {
        let device = device();
        let norm = LayerNormConfig::new(2).init(&device);
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
