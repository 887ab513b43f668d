use headlight_record::RecordError;

/// Why a head cannot be tried out.
#[derive(Debug, thiserror::Error)]
pub enum LensError {
    /// A causal mask for attention between two sequences.
    #[error("a causal mask is for a sequence that attends to itself, not for {queries} queries of {keys} keys")]
    TwoSequences {
        /// The record's queries.
        queries: usize,
        /// Its keys.
        keys: usize,
    },
    /// A record without Q, K and V.
    #[error("the record has only attention weights, not queries, keys and values")]
    NoProjections,
    /// Attention over nothing.
    #[error("there are no words to attend to")]
    NoWords,
    /// Self-attention over two sequences.
    #[error("self-attention is over one sequence: its keys are the words of its queries")]
    OtherWords,
    /// Parts that do not add up to what the model computed.
    #[error(
        "the parts of {of} do not add up to it (off by {error:.1e}): the model computes something else than its parameters say"
    )]
    Sum {
        /// Of what.
        of: &'static str,
        /// By how much, in units of the largest number where that is above 1.
        error: f64,
    },
    /// Weights that are no record.
    #[error(transparent)]
    Record(#[from] RecordError),
}
