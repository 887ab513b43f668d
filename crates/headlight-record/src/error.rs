use crate::kind::AttentionKind;

/// Why a record could not be made.
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
    #[error("{kind} layer {layer} head {head}, query {query}, key {key}: {weight} is not an attention weight")]
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
    /// A weight on a masked key.
    #[error("query {query} has weight {weight} on key {key}, which is masked")]
    MaskedWeight {
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
    /// A text beyond the two that a sequence may be made of.
    #[error("token {token} belongs to text {segment}, and there are two: 0 and 1")]
    Segment {
        /// Counted from 0.
        token: usize,
        /// The number found.
        segment: usize,
    },
    /// Nothing to combine.
    #[error("there are no records to combine")]
    Nothing,
    /// Records of different kinds or shapes, of which a cell would stand for two things.
    #[error("the records differ: one is {}; the other is {}", in_words(first), in_words(other))]
    Unlike {
        /// The first one's kind and shape.
        first: (AttentionKind, [usize; 4]),
        /// The other's.
        other: (AttentionKind, [usize; 4]),
    },
    /// Records of different tokens.
    #[error("the records differ: {axis} {at} is {first:?} in one, {other:?} in the other")]
    OtherToken {
        /// Query or key.
        axis: &'static str,
        /// Counted from 0.
        at: usize,
        /// The first one's token.
        first: String,
        /// The other's.
        other: String,
    },
}

fn in_words((kind, [layers, heads, queries, keys]): &(AttentionKind, [usize; 4])) -> String {
    format!("{}, {layers} layers × {heads} heads × {queries} queries × {keys} keys", kind.title())
}

/// Refuses a number of things that does not fit.
pub(crate) fn check_size(what: &'static str, expected: usize, got: usize) -> Result<(), RecordError> {
    if expected == got { Ok(()) } else { Err(RecordError::Size { what, expected, got }) }
}
