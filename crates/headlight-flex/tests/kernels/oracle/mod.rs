//! Numbers to try the kernels with, and how near they must come to the same computed with `f64`.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A sum of a few thousand `f32` products is this right, next to the largest of its kind.
pub const NEAR: f64 = 1e-5;

/// `count` numbers between −2 and 2, the same for the same seed.
pub fn random(seed: u64, count: usize) -> Vec<f32> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| generator.random_range(-2.0..2.0f32)).collect()
}

pub fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().copied().map(f64::from).collect()
}

/// Differences are measured against the largest number that is expected, or a tenth, because what cancels out leaves the rounding
/// of what it was made of; and where nothing at all is left, against 1. A NaN is never close.
pub fn assert_close(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    let magnitude = if largest < 1e-9 { 1.0 } else { largest.max(0.1) };
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*found) - expected).abs() / magnitude;
        assert!(error <= tolerance, "{what}[{at}] is {found}, not {expected}: off by {error:e}");
    }
}
