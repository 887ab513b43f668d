//! Options that are one of several words. Each word is that of a configuration.

use clap::ValueEnum;

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Architecture {
    /// One sequence, in which each token attends to itself and those before it
    Decoder,
    /// An encoder of the source, and a decoder that attends to it
    EncoderDecoder,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Positions {
    /// Sines and cosines, added to the token embeddings
    Sinusoidal,
    /// A learned vector for each position, added to the token embeddings
    Learned,
    /// Queries and keys of self-attention are rotated by their positions
    Rotary,
    /// Scores of self-attention fall with distance; only for a decoder
    Alibi,
    /// No position encoding
    None,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Norm {
    /// Before each sublayer: x + f(norm(x))
    Pre,
    /// After each sublayer, as in the original paper: norm(x + f(x))
    Post,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Activation {
    /// max(0, x)
    Relu,
    /// x Φ(x), exactly
    Gelu,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Schedule {
    /// The same at every step
    Constant,
    /// Linear warm-up, then a fall to a tenth along half a cosine wave
    Cosine,
    /// Linear warm-up, then a fall with the inverse square root of the step, as in the original paper
    InverseSquareRoot,
}

/// The word that was chosen, if one was.
pub(super) fn word(choice: Option<impl ValueEnum>) -> Option<String> {
    choice?.to_possible_value().map(|value| value.get_name().to_string())
}
