//! Headlight's tasks, a file each. Each works an example by hand, and says where a model must look and why.

pub mod addition;
pub mod brackets;
pub mod copy;
pub mod dates;
pub mod file;
pub mod induction;
pub mod recall;
pub mod repeat;
pub mod reverse;
pub mod sort;

use headlight_model::Architecture;
use rand::{Rng, RngExt};

use crate::TaskSpec;

/// All of them, from the plainest on.
pub static TASKS: &[&TaskSpec] = &[
    &copy::SPEC,
    &reverse::SPEC,
    &repeat::SPEC,
    &sort::SPEC,
    &recall::SPEC,
    &induction::SPEC,
    &brackets::SPEC,
    &addition::SPEC,
    &dates::SPEC,
    &file::SPEC,
];

/// Either model learns it, and by default the one with an encoder.
const ENCODER_FIRST: &[Architecture] = &[Architecture::EncoderDecoder, Architecture::Decoder];

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
