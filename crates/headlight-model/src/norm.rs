use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::Dropout;
use crate::fast::layer_norm;

/// Where a block normalises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NormPlacement {
    /// x + f(norm(x)): each part reads a normalised copy and adds its answer to the stream, which is normalised once more behind
    /// the last block. It trains without the long warm-up that the paper's way needs (Xiong et al.,
    /// [2020](https://arxiv.org/abs/2002.04745)).
    Pre,
    /// norm(x + f(x)), the paper's: the stream itself is normalised after each part, so there is no norm behind the last block.
    Post,
}

impl NormPlacement {
    /// One part of a block, and the stream around it. `part` returns its answer and what else it wants to hand on.
    ///
    /// # Shapes
    ///
    /// - hidden: `[batch_size, seq_length, d_model]`, before and after
    pub(crate) fn around<W>(
        self,
        norm: &LayerNorm,
        dropout: &Dropout,
        hidden: Tensor<3>,
        part: impl FnOnce(Tensor<3>) -> (Tensor<3>, W),
    ) -> (Tensor<3>, W) {
        match self {
            Self::Pre => {
                let (answer, more) = part(layer_norm(norm, hidden.clone()));
                (hidden + dropout.forward(answer), more)
            }
            Self::Post => {
                let (answer, more) = part(hidden.clone());
                (layer_norm(norm, hidden + dropout.forward(answer)), more)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::LayerNormConfig;
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn the_norm_is_before_the_part_or_behind_the_sum() {
        let device = Device::default();
        let norm = LayerNormConfig::new(2).init(&device);
        let around = |placement: NormPlacement| {
            let hidden = Tensor::from_data([[[1.0, 3.0]]], &device);
            let double = |x: Tensor<3>| (x.clone() * 2.0, x);
            let (after, read) = placement.around(&norm, &Dropout::new(0.0), hidden, double);
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
