//! Tokenizers from a model's directory.

mod fuzz;
mod golden;
mod readable;
mod refused;
