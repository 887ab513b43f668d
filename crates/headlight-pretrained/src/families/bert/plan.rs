//! What BERT and its relatives have, each in its own numbers and under its own names.

use headlight_model::Nonlinearity;

use super::head::HeadPlan;

/// A model of this kind as plain data.
#[derive(Debug)]
pub(in crate::families) struct Plan {
    pub(in crate::families) vocab_size: usize,
    /// The width of the embedding. It is d_model where there is no projection behind it.
    pub(in crate::families) d_embedding: usize,
    pub(in crate::families) d_model: usize,
    pub(in crate::families) n_layers: usize,
    pub(in crate::families) n_heads: usize,
    pub(in crate::families) d_ff: usize,
    pub(in crate::families) n_positions: usize,
    pub(in crate::families) positions: Positions,
    /// How many texts it tells apart in one input; 0 where it has no embedding for that.
    pub(in crate::families) n_segments: usize,
    /// Of every norm.
    pub(in crate::families) epsilon: f64,
    /// Of the feed-forward layers.
    pub(in crate::families) activation: Nonlinearity,
    pub(in crate::families) names: Names,
    pub(in crate::families) head: HeadPlan,
}

/// Which of the learned positions a token has.
#[derive(Clone, Copy, Debug)]
pub(in crate::families) enum Positions {
    /// The first token has position 0, the next one 1, padding or not.
    Numbered,
    /// The first token has the position after `padding`, which is the number of the token that fills up; that one itself has position
    /// `padding` and is not counted.
    Counted { padding: usize },
}

/// What the tensors are called.
#[derive(Clone, Copy, Debug)]
pub(in crate::families) struct Names {
    /// From d_embedding to d_model, where there is one.
    pub(in crate::families) projection: Option<&'static str>,
    pub(in crate::families) layers: Layers,
    /// In a layer.
    pub(in crate::families) query_key_value: [&'static str; 3],
    /// W_O, in a layer.
    pub(in crate::families) output: &'static str,
    /// The feed-forward layer's, in a layer.
    pub(in crate::families) up_down: [&'static str; 2],
    /// After attention and after the feed-forward layer, in a layer.
    pub(in crate::families) norms: [&'static str; 2],
}

/// Where the parameters of the layers are.
#[derive(Clone, Copy, Debug)]
pub(in crate::families) enum Layers {
    /// Those of layer n at `PREFIX.n`.
    Numbered(&'static str),
    /// The same for all layers.
    Shared(&'static str),
}

impl Positions {
    /// The position of the first token.
    pub(super) fn first(self) -> usize {
        match self {
            Self::Numbered => 0,
            Self::Counted { padding } => padding.saturating_add(1),
        }
    }
}
