use std::fmt;

use serde::{Serialize, Serializer};

/// An axis whose length is not known before the model runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// Sequences side by side.
    BatchSize,
    /// Tokens of the one sequence that a decoder alone reads.
    SeqLength,
    /// Tokens that the encoder reads.
    SourceLength,
    /// Tokens that the decoder reads beside an encoder.
    TargetLength,
    /// Rows that look.
    Queries,
    /// Rows that are looked at.
    Keys,
}

/// The length of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The same in every run of the model.
    Fixed(usize),
    /// Whatever the run brings.
    Free(Axis),
}

/// The lengths of a tensor's axes, the outermost first.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape(pub Vec<Dimension>);

/// One run's lengths: how long the free axes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// Sequences side by side.
    pub batch_size: usize,
    /// Tokens of a sequence: of a decoder's only one, of the source, or keys.
    pub source: usize,
    /// Tokens that a decoder beside an encoder reads, or queries.
    pub target: usize,
}

impl Axis {
    /// The axis's name, the same everywhere in Headlight.
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchSize => "batch_size",
            Self::SeqLength => "seq_length",
            Self::SourceLength => "source_length",
            Self::TargetLength => "target_length",
            Self::Queries => "queries",
            Self::Keys => "keys",
        }
    }
}

impl Lengths {
    /// Sequences that are all of one length.
    pub fn new(batch_size: usize, length: usize) -> Self {
        Self { batch_size, source: length, target: length }
    }

    /// How long an axis is in this run.
    pub fn of(self, dimension: Dimension) -> usize {
        match dimension {
            Dimension::Fixed(length) => length,
            Dimension::Free(Axis::BatchSize) => self.batch_size,
            Dimension::Free(Axis::SeqLength | Axis::SourceLength | Axis::Keys) => self.source,
            Dimension::Free(Axis::TargetLength | Axis::Queries) => self.target,
        }
    }
}

impl Shape {
    /// The lengths of the axes in one run.
    pub fn at(&self, lengths: Lengths) -> Vec<usize> {
        self.0.iter().map(|dimension| lengths.of(*dimension)).collect()
    }

    /// How many numbers a tensor of this shape holds in one run.
    pub fn elements(&self, lengths: Lengths) -> u128 {
        self.at(lengths).into_iter().fold(1, |product, length| u128::saturating_mul(product, length as u128))
    }
}

impl From<Axis> for Dimension {
    fn from(axis: Axis) -> Self {
        Self::Free(axis)
    }
}

impl From<usize> for Dimension {
    fn from(length: usize) -> Self {
        Self::Fixed(length)
    }
}

impl<const N: usize> From<[Dimension; N]> for Shape {
    fn from(dimensions: [Dimension; N]) -> Self {
        Self(dimensions.to_vec())
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(length) => length.fmt(f),
            Self::Free(axis) => f.write_str(axis.name()),
        }
    }
}

/// `[batch_size, 4, seq_length, 16]`
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axes: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "[{}]", axes.join(", "))
    }
}

/// As text: a number, or the axis's name.
impl Serialize for Dimension {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(length) => serializer.serialize_u64(*length as u64),
            Self::Free(axis) => serializer.serialize_str(axis.name()),
        }
    }
}
