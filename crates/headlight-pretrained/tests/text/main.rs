//! Tokenizers from a model's directory.

mod golden;
