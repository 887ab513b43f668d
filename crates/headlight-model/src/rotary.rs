use burn::tensor::{Device, Tensor, TensorData};

use crate::positions::{BASE, angle};

/// Rotary positions: the angle by which a position rotates each pair of a head's features, position / 10000^(2 pair / d_head).
///
/// Equation 15 of Su et al., [RoFormer](https://arxiv.org/abs/2104.09864), where pairs are counted from 1. They are the angles
/// whose sines and cosines [`sinusoidal_positions`](crate::sinusoidal_positions) holds, for a width of d_head.
///
/// # Shapes
///
/// - angles: `[seq_length, d_head / 2]`, in radians
///
/// # Panics
///
/// When `d_head` is odd.
pub fn rotary_angles(seq_length: usize, d_head: usize, device: &Device) -> Tensor<2> {
    let numbers = angles(0, seq_length, d_head).map(|angle| angle as f32).collect::<Vec<_>>();
    Tensor::from_data(TensorData::new(numbers, [seq_length, d_head / 2]), device)
}

/// Queries or keys, each pair of features (0 and 1, 2 and 3, …) rotated by its [angle](rotary_angles) at the positions `first..`.
///
/// Equation 34 of the same paper: x ∘ cos + (−x₁, x₀, −x₃, x₂, …) ∘ sin. Two vectors rotated by angles a and b have the product that
/// they have when one is rotated by a − b and the other is left alone. So a score depends on how far key and query are apart, and
/// not on where they stand.
///
/// # Shapes
///
/// - heads: `[batch_size, n_heads, seq_length, d_head]`, before and after
///
/// # Panics
///
/// When d_head is odd.
pub fn rotate(heads: Tensor<4>, first: usize) -> Tensor<4> {
    let [_, _, _, d_head] = heads.dims();
    Rotary::new(d_head).rotate(heads, first)
}

/// Which features of a head are rotated, in which pairs, and how fast.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotary {
    /// After how many positions each pair has been rotated by one radian. What lies beyond so many pairs is not rotated.
    pub positions_per_radian: Vec<f64>,
    /// Which features are a pair.
    pub pairing: Pairing,
}

/// Which features rotate together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// 0 and 1, 2 and 3, …, as in the paper.
    Neighbours,
    /// Each feature of the first half and its counterpart in the second, as in GPT-NeoX and in all of Hugging Face's models since.
    Halves,
}

impl Rotary {
    /// Rotates all of a head, as in the paper.
    ///
    /// # Panics
    ///
    /// When `d_head` is odd.
    pub fn new(d_head: usize) -> Self {
        Self { pairing: Pairing::Neighbours, ..Self::of_base(d_head, BASE) }
    }

    /// Rotates the first `width` features in [halves](Pairing::Halves): pair i by one radian in base^(2i / width) positions.
    ///
    /// # Panics
    ///
    /// When `width` is odd.
    pub fn of_base(width: usize, base: f64) -> Self {
        assert!(width.is_multiple_of(2), "rotary positions rotate pairs of features, and d_head is {width}");
        let positions_per_radian = (0..width / 2).map(|pair| base.powf((2 * pair) as f64 / width as f64));
        Self { positions_per_radian: positions_per_radian.collect(), pairing: Pairing::Halves }
    }

    /// Queries or keys, rotated at the positions `first..`.
    ///
    /// # Shapes
    ///
    /// - heads: `[batch_size, n_heads, seq_length, d_head]`, before and after
    ///
    /// # Panics
    ///
    /// When there are more pairs than a head has.
    pub fn rotate(&self, heads: Tensor<4>, first: usize) -> Tensor<4> {
        let [_, _, seq_length, d_head] = heads.dims();
        let width = 2 * self.positions_per_radian.len();
        assert!(width <= d_head, "{width} features to rotate, and d_head is {d_head}");
        let rotated = heads.clone().narrow(3, 0, width);
        let [cos, sin] = self.tables(first, seq_length, &heads.device());
        let rotated = rotated.clone() * cos + self.swapped(rotated) * sin;
        if width == d_head {
            return rotated;
        }
        Tensor::cat(vec![rotated, heads.narrow(3, width, d_head - width)], 3)
    }

    /// cos, and sin with the minus of the equation, for each feature: `[1, 1, seq_length, width]`.
    fn tables(&self, first: usize, seq_length: usize, device: &Device) -> [Tensor<4>; 2] {
        let table = |of_pair: fn(f64) -> [f64; 2]| {
            let rows = (first..first + seq_length).flat_map(|position| {
                let pairs = self.positions_per_radian.iter().map(|radian| of_pair(position as f64 / radian));
                self.in_order(pairs.collect())
            });
            let shape = [1, 1, seq_length, 2 * self.positions_per_radian.len()];
            Tensor::<4>::from_data(TensorData::new(rows.collect::<Vec<f32>>(), shape), device)
        };
        [table(|angle| [angle.cos(), angle.cos()]), table(|angle| [-angle.sin(), angle.sin()])]
    }

    /// What belongs to the two features of each pair, in the order of the features.
    fn in_order(&self, pairs: Vec<[f64; 2]>) -> Vec<f32> {
        let numbers: Vec<f64> = match self.pairing {
            Pairing::Neighbours => pairs.into_flattened(),
            Pairing::Halves => (0..2).flat_map(|half| pairs.iter().map(move |pair| pair[half])).collect(),
        };
        numbers.into_iter().map(|number| number as f32).collect()
    }

    /// Each feature's place taken by the other of its pair.
    fn swapped(&self, heads: Tensor<4>) -> Tensor<4> {
        let [batch_size, n_heads, seq_length, width] = heads.dims();
        match self.pairing {
            Pairing::Neighbours => {
                let pairs = heads.reshape([batch_size, n_heads, seq_length, width / 2, 2]);
                pairs.flip([4]).reshape([batch_size, n_heads, seq_length, width]) // x₁, x₀, x₃, x₂, …
            }
            Pairing::Halves => {
                let half = |first| heads.clone().narrow(3, first, width / 2);
                Tensor::cat(vec![half(width / 2), half(0)], 3)
            }
        }
    }
}

/// Position by position, the angles of its pairs.
fn angles(first: usize, seq_length: usize, d_head: usize) -> impl Iterator<Item = f64> {
    assert!(d_head.is_multiple_of(2), "rotary positions rotate pairs of features, and d_head is {d_head}");
    (first..first + seq_length).flat_map(move |position| (0..d_head / 2).map(move |pair| angle(position, pair, d_head)))
}
