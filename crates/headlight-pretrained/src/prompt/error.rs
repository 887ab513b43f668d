/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One sequence of tokens.
    Text,
    /// Two: a source and a target.
    SourceAndTarget,
    /// A sound, and tokens.
    Speech,
    /// A picture.
    Image,
}

/// Why a model cannot be asked this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// Something else than what it takes.
    #[error("the model takes {}", takes.words())]
    Kind {
        /// What it takes.
        takes: Takes,
    },
    /// A text to be continued, by a model that continues none.
    #[error("the model has no decoder, and continues no text")]
    NoDecoder,
    /// A sequence of no tokens.
    #[error("no tokens: the model needs at least one")]
    Empty,
    /// A token that the model does not have.
    #[error("token number {id} does not exist: the model has those from 0 to {}", vocab_size - 1)]
    Id {
        /// The token.
        id: usize,
        /// How many it has.
        vocab_size: usize,
    },
    /// A text that the model does not tell from others.
    #[error("segment {segment} does not exist: {}", segments_in_words(*n_segments))]
    Segment {
        /// The segment.
        segment: usize,
        /// How many texts the model tells apart.
        n_segments: usize,
    },
    /// Segments or padding of another sequence.
    #[error("{found} {what} for {expected} tokens: give one for each")]
    Count {
        /// Which.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A sequence that is too long.
    #[error("{length} tokens are too many: the model has {most} positions")]
    TooLong {
        /// Its length.
        length: usize,
        /// The most.
        most: usize,
    },
    /// A layer that the model does not have.
    #[error("layer {layer} does not exist: the model has those from 0 to {}", layers - 1)]
    Layer {
        /// The layer.
        layer: usize,
        /// How many it has.
        layers: usize,
    },
    /// A sound or a picture of another shape than the model takes.
    #[error("the shape is {found:?}, and the model takes {expected:?}")]
    OtherShape {
        /// The shape.
        found: Vec<usize>,
        /// What the model takes.
        expected: Vec<usize>,
    },
    /// Numbers that are not those that their shape says.
    #[error("{found} numbers do not fill the shape {shape:?}")]
    Shape {
        /// How many there are.
        found: usize,
        /// What they should fill.
        shape: Vec<usize>,
    },
}

fn segments_in_words(n_segments: usize) -> &'static str {
    match n_segments {
        0 => "the model does not tell texts apart",
        1 => "the model has segment 0 alone",
        _ => "a token belongs to segment 0 or 1",
    }
}

impl Takes {
    fn words(self) -> &'static str {
        match self {
            Self::Text => "one sequence of tokens",
            Self::SourceAndTarget => "two sequences of tokens, a source and a target",
            Self::Speech => "a sound and tokens",
            Self::Image => "a picture",
        }
    }
}
