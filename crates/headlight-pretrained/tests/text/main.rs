//! Tokenizers from a model's directory.

mod cut;
mod fuzz;
mod golden;
mod readable;
mod refused;
