//! Settings that are one of several words: those of the command line, which `config.json` has too.

use headlight_model::{Activation, Architecture, NormPlacement, Positions};
use headlight_train::Schedule;
use serde::Serialize;

use crate::LabError;

pub(crate) const ARCHITECTURES: [Architecture; 2] = [Architecture::Decoder, Architecture::EncoderDecoder];
pub(crate) const POSITIONS: [Positions; 5] =
    [Positions::Sinusoidal, Positions::Learned, Positions::Rotary, Positions::Alibi, Positions::None];
pub(crate) const NORMS: [NormPlacement; 2] = [NormPlacement::Pre, NormPlacement::Post];
pub(crate) const ACTIVATIONS: [Activation; 2] = [Activation::Relu, Activation::Gelu];
pub(crate) const SCHEDULES: [Schedule; 3] = [Schedule::Constant, Schedule::Cosine, Schedule::InverseSquareRoot];

/// The word of a choice.
pub(crate) fn word(choice: impl Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(word)) => word,
        _ => unreachable!("a choice is written as a word"),
    }
}

/// The words of all choices.
pub(crate) fn words<T: Serialize>(all: &[T]) -> Vec<String> {
    all.iter().map(word).collect()
}

/// The choice with this word.
///
/// # Errors
///
/// When it is none of them.
pub(crate) fn choice<T: Copy + Serialize>(name: &'static str, asked: &str, all: &[T]) -> Result<T, LabError> {
    let unknown = || LabError::Word { name, word: asked.to_string(), known: words(all) };
    all.iter().copied().find(|choice| word(choice) == asked).ok_or_else(unknown)
}
