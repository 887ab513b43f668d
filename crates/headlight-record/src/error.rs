use std::path::{Path, PathBuf};

use crate::AttentionKind;

/// Why a record could not be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A number of things that does not fit the record's shape.
    #[error("{what}: expected {expected}, got {got}")]
    Size {
        /// What was counted.
        what: &'static str,
        /// How many the shape asks for.
        expected: usize,
        /// How many there were.
        got: usize,
    },
    /// A weight that no attention gives.
    #[error("{kind} layer {layer} head {head}, query {query}, key {key}: {weight} is no attention weight")]
    Weight {
        /// The record's kind.
        kind: AttentionKind,
        /// Counted from 0.
        layer: usize,
        /// Counted from 0.
        head: usize,
        /// Counted from 0.
        query: usize,
        /// Counted from 0.
        key: usize,
        /// The number found: negative, infinite or NaN.
        weight: f32,
    },
    /// A weight on a key that the mask hides.
    #[error("query {query} has weight {weight} on key {key}, which the mask hides")]
    HiddenWeight {
        /// Counted from 0.
        query: usize,
        /// Counted from 0.
        key: usize,
        /// The weight found there.
        weight: f32,
    },
    /// A number of the projections that is none.
    #[error("{what}: {number} is not finite (number {at})")]
    NotFinite {
        /// What the number is one of.
        what: &'static str,
        /// Counted from 0, row by row.
        at: usize,
        /// Infinite or NaN.
        number: f32,
    },
    /// An alignment that names a key the record does not have.
    #[error("the alignment of query {query} names key {key}, but there are only {keys} keys")]
    AlignedKey {
        /// Counted from 0.
        query: usize,
        /// Counted from 0.
        key: usize,
        /// How many keys the record has.
        keys: usize,
    },
    /// A file or stream that could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Records that cannot be one file, or bytes that are no records.
    #[error("{0}")]
    Contents(String),
    /// A file whose contents are no record or metrics of ours.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl RecordError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }
}
