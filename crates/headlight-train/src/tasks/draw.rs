//! What several tasks have in common: how questions are drawn, and which model learns them.

use headlight_model::Architecture;
use rand::{Rng, RngExt};

/// Either model learns it, and by default the one with an encoder.
pub(super) const ENCODER_FIRST: &[Architecture] = &[Architecture::EncoderDecoder, Architecture::Decoder];

/// `length` symbols, each drawn by itself.
pub(crate) fn random_symbols(length: usize, symbols: usize, generator: &mut dyn Rng) -> Vec<usize> {
    (0..length).map(|_| generator.random_range(0..symbols)).collect()
}

/// `count` different numbers below `symbols`, in an order drawn evenly from all.
pub(crate) fn different_symbols(count: usize, symbols: usize, generator: &mut dyn Rng) -> Vec<usize> {
    // The first steps of Fisher and Yates's shuffle.
    let mut all: Vec<usize> = (0..symbols).collect();
    for at in 0..count {
        all.swap(at, generator.random_range(at..symbols));
    }
    all.truncate(count);
    all
}
