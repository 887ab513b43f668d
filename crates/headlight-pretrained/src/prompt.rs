//! What a model is asked, in plain numbers, and the tensors that it becomes.

mod error;

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use headlight_model::{AttentionKind, Sequences, Stack, Tokens};

use crate::families::Opened;
use crate::model::{Model, Patches, Speech};

pub use error::{PromptError, Takes};

/// One sequence of tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    /// Token numbers.
    pub ids: Vec<usize>,
    /// To which of two texts each token belongs, 0 or 1; as many as there are tokens.
    pub segments: Option<Vec<usize>>,
    /// Whether each token only fills the sequence up; as many as there are tokens.
    pub padding: Option<Vec<bool>>,
}

/// Numbers with a shape, such as the features of a sound or the pixels of a picture; row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers<const D: usize> {
    /// The length of each axis.
    pub shape: [usize; D],
    /// As many numbers as the shape says.
    pub values: Vec<f32>,
}

/// What a model is asked: one example.
#[derive(Clone, Debug, PartialEq)]
pub enum Prompt {
    /// Tokens; with a source where there is an encoder and a decoder.
    Text {
        /// For the encoder of a model that has a decoder, too.
        source: Option<Sequence>,
        /// What the model's one stack reads, or its decoder.
        target: Sequence,
    },
    /// A sound, `[n_mels, frames]`, and what the decoder reads.
    Speech {
        /// The logarithm of the mel spectrum.
        features: Numbers<2>,
        /// What the decoder reads.
        target: Sequence,
    },
    /// A picture, `[channels, height, width]`.
    Image(Numbers<3>),
}

impl Opened {
    /// What the model takes.
    pub fn takes(&self) -> Takes {
        match &self.model {
            Model::Text(model) if model.n_layers(AttentionKind::Cross) > 0 => Takes::SourceAndTarget,
            Model::Text(_) => Takes::Text,
            Model::Speech(_) => Takes::Speech,
            Model::Image(_) => Takes::Image,
        }
    }

    /// How many layers its largest stack has.
    pub fn n_layers(&self) -> usize {
        AttentionKind::ALL.into_iter().map(|kind| self.n_layers_of(kind)).max().unwrap_or(0)
    }

    /// How many layers have attention of this kind.
    pub fn n_layers_of(&self, kind: AttentionKind) -> usize {
        match &self.model {
            Model::Text(model) => model.n_layers(kind),
            Model::Speech(model) => model.n_layers(kind),
            Model::Image(model) => model.n_layers(kind),
        }
    }

    /// How many heads each of these layers has.
    pub fn n_heads_of(&self, kind: AttentionKind) -> usize {
        match &self.model {
            Model::Text(model) => model.n_heads(kind),
            Model::Speech(model) => model.n_heads(kind),
            Model::Image(model) => model.n_heads(kind),
        }
    }

    /// How wide all heads of this kind of attention are together.
    pub(crate) fn heads_width(&self, kind: AttentionKind) -> usize {
        match &self.model {
            Model::Text(model) => model.heads_width(kind),
            Model::Speech(model) => model.heads_width(kind),
            Model::Image(model) => model.heads_width(kind),
        }
    }

    /// How many positions its encoder has of a prompt, and its decoder; 0 where there is none.
    pub fn positions(&self, prompt: &Prompt) -> [usize; 2] {
        match prompt {
            Prompt::Text { source: Some(source), target } => [source.ids.len(), target.ids.len()],
            Prompt::Text { source: None, target } => match self.output_stack() {
                Stack::Encoder => [target.ids.len(), 0],
                Stack::Decoder => [0, target.ids.len()],
            },
            // There is one for every other frame.
            Prompt::Speech { features: Numbers { shape: [_, frames], .. }, target } => [frames / 2, target.ids.len()],
            Prompt::Image(_) => {
                [self.facts.patches.map_or(0, |Patches { first, grid, .. }| first + grid[0] * grid[1]), 0]
            }
        }
    }

    /// Whether the model can be asked this.
    ///
    /// # Errors
    ///
    /// When it is something else than what the model takes, or too long, or has what the model does not.
    pub fn check(&self, prompt: &Prompt) -> Result<(), PromptError> {
        match (prompt, self.takes()) {
            (Prompt::Text { source: None, target }, Takes::Text) => self.check_sequence(target, self.output_stack()),
            (Prompt::Text { source: Some(source), target }, Takes::SourceAndTarget) => {
                self.check_sequence(source, Stack::Encoder)?;
                self.check_sequence(target, Stack::Decoder)
            }
            (Prompt::Speech { features, target }, Takes::Speech) => {
                check_numbers(features, self.facts.sound)?;
                self.check_sequence(target, Stack::Decoder)
            }
            (Prompt::Image(pixels), Takes::Image) => {
                check_numbers(pixels, self.facts.patches.map(|patches| patches.picture))
            }
            (_, takes) => Err(PromptError::Kind { takes }),
        }
    }

    fn output_stack(&self) -> Stack {
        match &self.model {
            Model::Text(model) => model.output_stack(),
            Model::Speech(model) => model.output_stack(),
            Model::Image(model) => model.output_stack(),
        }
    }

    fn check_sequence(&self, sequence: &Sequence, stack: Stack) -> Result<(), PromptError> {
        let length = sequence.ids.len();
        if length == 0 {
            return Err(PromptError::Empty);
        }
        if let Some(most) = self.facts.max_length.filter(|most| length > *most) {
            return Err(PromptError::TooLong { length, most });
        }
        let vocab_size = self.facts.vocab_size_of(stack);
        if let Some(&id) = sequence.ids.iter().find(|id| **id >= vocab_size) {
            return Err(PromptError::Id { id, vocab_size });
        }
        // A record knows two.
        let n_segments = self.facts.n_segments.min(2);
        if let Some(&segment) = sequence.segments.iter().flatten().find(|segment| **segment >= n_segments) {
            return Err(PromptError::Segment { segment, n_segments });
        }
        let counts = [
            ("segments", sequence.segments.as_ref().map(Vec::len)),
            ("padding marks", sequence.padding.as_ref().map(Vec::len)),
        ];
        for (what, found) in counts {
            if let Some(found) = found.filter(|found| *found != length) {
                return Err(PromptError::Count { what, found, expected: length });
            }
        }
        Ok(())
    }
}

fn check_numbers<const D: usize>(numbers: &Numbers<D>, expected: Option<[usize; D]>) -> Result<(), PromptError> {
    if let Some(expected) = expected.filter(|expected| *expected != numbers.shape) {
        return Err(PromptError::OtherShape { found: numbers.shape.to_vec(), expected: expected.to_vec() });
    }
    let count = numbers.shape.iter().try_fold(1usize, |product, axis| product.checked_mul(*axis));
    let found = numbers.values.len();
    if count == Some(found) && found > 0 {
        Ok(())
    } else {
        Err(PromptError::Shape { found, shape: numbers.shape.to_vec() })
    }
}

impl Sequence {
    /// As a batch of one.
    pub(crate) fn tokens(&self, device: &Device) -> Tokens {
        let length = [1, self.ids.len()];
        let ints = |numbers: &[usize]| -> Tensor<2, Int> {
            let numbers: Vec<i64> = numbers.iter().map(|number| *number as i64).collect();
            Tensor::from_data(TensorData::new(numbers, length), device)
        };
        Tokens {
            ids: ints(&self.ids),
            padding: self
                .padding
                .as_ref()
                .map(|padding| Tensor::<2, Bool>::from_data(TensorData::new(padding.clone(), length), device)),
            segments: self.segments.as_deref().map(ints),
        }
    }
}

impl Numbers<2> {
    /// As a batch of one.
    pub(crate) fn batch(&self, device: &Device) -> Tensor<3> {
        let [rows, columns] = self.shape;
        Tensor::from_data(TensorData::new(self.values.clone(), [1, rows, columns]), device)
    }
}

impl Numbers<3> {
    /// As a batch of one.
    pub(crate) fn batch(&self, device: &Device) -> Tensor<4> {
        let [channels, height, width] = self.shape;
        Tensor::from_data(TensorData::new(self.values.clone(), [1, channels, height, width]), device)
    }
}

/// What a model of text takes.
pub(crate) fn sequences(source: Option<&Sequence>, target: &Sequence, device: &Device) -> Sequences {
    Sequences { source: source.map(|source| source.tokens(device)), target: target.tokens(device) }
}

/// What a model of speech takes.
pub(crate) fn speech(features: &Numbers<2>, target: &Sequence, device: &Device) -> Speech {
    Speech { features: features.batch(device), target: target.tokens(device) }
}
