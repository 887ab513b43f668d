//! The layer between a decoder's final norm and its logits, of families that store one, tie it to the embedding, or may lack it.

use burn::module::{Module, Param};
use burn::nn::{Embedding, Linear};
use headlight_model::{ParametersError, Unembedding};

use crate::checkpoint::Checkpoint;
use crate::tensors::{Bias, Tensors};

/// The output layer: logits = x W_U.
#[derive(Module, Debug)]
pub(crate) struct Output {
    layer: Option<Linear>,
}

/// Whether a model has an output layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It was saved with one.
    Always,
    /// It may have been saved without.
    Perhaps,
}

impl Expected {
    /// What `architectures` says: whatever is for causal language modelling has an output layer.
    pub(crate) fn of(checkpoint: &Checkpoint) -> Self {
        let names = checkpoint.config().get("architectures").and_then(|names| names.as_array());
        let mut names = names.into_iter().flatten().filter_map(|name| name.as_str());
        if names.any(|name| name.ends_with("ForCausalLM")) { Self::Always } else { Self::Perhaps }
    }
}

impl Output {
    /// The token embedding once more.
    pub(crate) fn tied(tokens: &Embedding) -> Self {
        Self { layer: Some(Linear { weight: Param::from_tensor(tokens.weight.val().transpose()), bias: None }) }
    }

    /// A layer of its own, whose weight `PREFIX.weight` is `[vocab_size, d_model]`.
    ///
    /// # Errors
    ///
    /// When it is expected and missing, or it has another shape.
    pub(crate) fn own(
        tensors: &mut Tensors,
        prefix: &str,
        [d_model, vocab_size]: [usize; 2],
        expected: Expected,
    ) -> Result<Self, ParametersError> {
        let is_there = expected == Expected::Always || tensors.has(&format!("{prefix}.weight"));
        let layer = is_there.then(|| tensors.linear(prefix, [d_model, vocab_size], Bias::Without));
        Ok(Self { layer: layer.transpose()? })
    }

    pub(crate) fn unembedding(&self) -> Option<Unembedding> {
        self.layer.as_ref().map(|layer| Unembedding { weight: layer.weight.val(), bias: None })
    }

    pub(crate) fn is_there(&self) -> bool {
        self.layer.is_some()
    }
}
