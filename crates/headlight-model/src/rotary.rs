use burn::tensor::{Device, Tensor, TensorData};

use crate::positions::angle;

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
    let [batch_size, n_heads, seq_length, d_head] = heads.dims();
    let table = |of_pair: fn(f64) -> [f64; 2]| {
        let numbers: Vec<f32> =
            angles(first, seq_length, d_head).flat_map(of_pair).map(|number| number as f32).collect();
        Tensor::<4>::from_data(TensorData::new(numbers, [1, 1, seq_length, d_head]), &heads.device())
    };
    let cos = table(|angle| [angle.cos(), angle.cos()]);
    let sin = table(|angle| [-angle.sin(), angle.sin()]); // the minus of −x₁, −x₃, … stands here

    let pairs = heads.clone().reshape([batch_size, n_heads, seq_length, d_head / 2, 2]);
    let swapped = pairs.flip([4]).reshape([batch_size, n_heads, seq_length, d_head]); // x₁, x₀, x₃, x₂, …
    heads * cos + swapped * sin
}

/// Position by position, the angles of its pairs.
fn angles(first: usize, seq_length: usize, d_head: usize) -> impl Iterator<Item = f64> {
    assert!(d_head.is_multiple_of(2), "rotary positions rotate pairs of features, and d_head is {d_head}");
    (first..first + seq_length).flat_map(move |position| (0..d_head / 2).map(move |pair| angle(position, pair, d_head)))
}
