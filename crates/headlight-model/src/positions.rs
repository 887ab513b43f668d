use std::ops::Range;

use burn::module::Module;
use burn::nn::Embedding;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::init::InitialParameters;

/// How a model tells one position from another. Attention alone cannot: permuting keys and values together changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// Sines and cosines of geometrically spaced wavelengths: nothing to learn, and any length.
    Sinusoidal,
    /// A learned vector for each position, up to the longest sequence that the model was made for.
    Learned,
    /// Self-attention rotates queries and keys by angles that grow with their positions, so that a score depends on the distance:
    /// see [`rotate`](crate::rotate).
    Rotary,
    /// Self-attention subtracts from a score in proportion to the distance, each head with its own
    /// [slope](crate::alibi_slopes). For a decoder alone.
    Alibi,
    /// Nothing says where a token stands. A decoder can still tell by how many tokens it sees; an encoder cannot tell at all.
    None,
}

/// What a token embedding adds for each position, where it adds something.
#[derive(Module, Debug)]
pub(crate) enum PositionEncoding {
    Sinusoidal(SinusoidalPositions),
    Learned(Embedding),
}

/// The width is all there is to know.
#[derive(Module, Debug)]
pub(crate) struct SinusoidalPositions {
    d_model: usize,
}

impl PositionEncoding {
    pub(crate) fn new(
        positions: Positions,
        max_length: usize,
        d_model: usize,
        initial: &mut InitialParameters<'_>,
    ) -> Option<Self> {
        match positions {
            Positions::Sinusoidal => Some(Self::Sinusoidal(SinusoidalPositions { d_model })),
            Positions::Learned => Some(Self::Learned(initial.embedding(max_length, d_model, 0.02))),
            // The first two act in self-attention.
            Positions::Rotary | Positions::Alibi | Positions::None => None,
        }
    }

    /// The vectors of the positions `first..first + seq_length`, `[1, seq_length, d_model]`.
    ///
    /// # Panics
    ///
    /// When the positions are learned and there are fewer of them.
    pub(crate) fn forward(&self, first: usize, seq_length: usize, device: &Device) -> Tensor<3> {
        let end = first + seq_length;
        match self {
            Self::Sinusoidal(sinusoidal) => sinusoidal_rows(first..end, sinusoidal.d_model, device).unsqueeze(),
            Self::Learned(table) => {
                let [max_length, _] = table.weight.dims();
                assert!(end <= max_length, "a sequence of {end} tokens, but positions were learned for {max_length}");
                table.weight.val().narrow(0, first, seq_length).unsqueeze()
            }
        }
    }
}

/// Sinusoidal positions: PE(pos, 2i) = sin(pos / 10000^(2i / d_model)), PE(pos, 2i + 1) = cos of the same.
///
/// Section 3.5 of Vaswani et al., [Attention Is All You Need](https://arxiv.org/abs/1706.03762). The vector of `pos + k` is
/// a rotation of the vector of `pos` that depends on `k` alone, so a linear layer can learn "k positions earlier".
///
/// # Shapes
///
/// - positions: `[seq_length, d_model]`
///
/// # Panics
///
/// When `d_model` is odd.
pub fn sinusoidal_positions(seq_length: usize, d_model: usize, device: &Device) -> Tensor<2> {
    sinusoidal_rows(0..seq_length, d_model, device)
}

/// The rows of [`sinusoidal_positions`] at these positions, for which no other row is computed.
fn sinusoidal_rows(positions: Range<usize>, d_model: usize, device: &Device) -> Tensor<2> {
    assert!(d_model.is_multiple_of(2), "sinusoidal positions need an even width, and d_model is {d_model}");
    let count = positions.len();
    let numbers: Vec<f32> = positions
        .flat_map(|position| (0..d_model / 2).map(move |pair| angle(position, pair, d_model)))
        .flat_map(|angle| [angle.sin() as f32, angle.cos() as f32])
        .collect();
    Tensor::from_data(TensorData::new(numbers, [count, d_model]), device)
}

/// How much slower the last pair of a wide vector rotates than the first.
pub(crate) const BASE: f64 = 10_000.0;

/// What sines and cosines are taken of: pairs rotate ever more slowly, from 1 radian a position to nearly 1 / 10000.
pub(crate) fn angle(position: usize, pair: usize, width: usize) -> f64 {
    position as f64 / BASE.powf((2 * pair) as f64 / width as f64)
}
