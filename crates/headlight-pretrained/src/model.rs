use burn::tensor::Tensor;
use headlight_model::{Sequences, Stack, Tokens};

use crate::checkpoint::Checkpoint;
use crate::error::PretrainedError;
use crate::family::Attends;
use crate::labelled::Scores;

/// One family.
pub(crate) struct Entry {
    /// As `model_type` in `config.json` names it and its relatives.
    pub(crate) model_types: &'static [&'static str],
    /// Reads a model.
    pub(crate) open: fn(&mut Checkpoint) -> Result<(Model, Facts), PretrainedError>,
    /// Tensors that change nothing one pass computes, each by how its name begins or ends: buffers, layers that no head reads.
    pub(crate) not_needed: &'static [&'static str],
    /// Heads of tasks that are not built, each by how its tensors' names begin.
    pub(crate) not_built: &'static [&'static str],
}

/// A model that others trained, by what it takes.
#[derive(Debug)]
pub enum Model {
    /// Token numbers: one sequence as the target, or with an encoder and a decoder a source and a target.
    Text(Box<dyn Attends<Input = Sequences>>),
    /// Features of sound, and token numbers.
    Speech(Box<dyn Attends<Input = Speech>>),
    /// The pixels of a picture, `[batch_size, channels, height, width]`.
    Image(Box<dyn Attends<Input = Tensor<4>>>),
}

/// What a model of speech takes.
#[derive(Clone, Debug)]
pub struct Speech {
    /// The logarithm of the mel spectrum, `[batch_size, n_mels, frames]`.
    pub features: Tensor<3>,
    /// For the decoder.
    pub target: Tokens,
}

/// What the logits of a model are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicts {
    /// At each position the token that comes next.
    NextToken,
    /// At each position the token that stands there, which may be masked.
    MaskedToken,
    /// At the first position the label of the whole.
    Label {
        /// Each label's, by its number.
        names: Vec<String>,
        /// What the logits are turned into.
        scores: Scores,
    },
    /// Something, by a head that is not built and has this name: its logits are the last layer's output.
    NotBuilt(String),
    /// Nothing: the model has no output layer, and its logits are the last layer's output.
    Nothing,
}

/// What a family says of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What its logits are about.
    pub predicts: Predicts,
    /// How many tokens it has; 0 where it reads none.
    pub vocab_size: usize,
    /// Those of an encoder that reads others than its decoder.
    pub source_vocab_size: Option<usize>,
    /// The longest sequence that it has positions for; `None` where its positions have no end.
    pub max_length: Option<usize>,
    /// How many tokens a query of its decoder sees, itself counted; `None` where it sees all earlier ones.
    pub window: Option<usize>,
    /// How many texts at most it tells apart in one input ([`Tokens::segments`]); 0 where it has no embedding for that.
    pub n_segments: usize,
    /// How it cuts a picture up; `None` where it reads none.
    pub patches: Option<Patches>,
    /// The features of the sounds that it hears, `[n_mels, frames]`; `None` where it hears none.
    pub sound: Option<[usize; 2]>,
}

/// A picture as a model reads it: square patches, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patches {
    /// `[channels, height, width]` of the pictures that it reads.
    pub picture: [usize; 3],
    /// `[rows, columns]` of patches.
    pub grid: [usize; 2],
    /// The position of the first patch: before it are tokens of the model's own.
    pub first: usize,
}

impl Facts {
    /// How many tokens a stack reads; 0 where it reads none. One stack alone reads the same whichever it is.
    pub fn vocab_size_of(&self, stack: Stack) -> usize {
        match stack {
            Stack::Encoder => self.source_vocab_size.unwrap_or(self.vocab_size),
            Stack::Decoder => self.vocab_size,
        }
    }

    /// Those of a model that reads neither several texts nor a picture nor a sound.
    pub(crate) fn new(predicts: Predicts, vocab_size: usize, max_length: Option<usize>) -> Self {
        let (source_vocab_size, window) = (None, None);
        Self { predicts, vocab_size, source_vocab_size, max_length, window, n_segments: 0, patches: None, sound: None }
    }
}
