use headlight_record::{Head, HeadName, RecordError};

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
    /// Examples that ask nothing.
    #[error(
        "the examples have no right answers, and this lens asks what becomes of them: the model predicts no tokens"
    )]
    NoAnswers,
    /// Logits that no sum of parts gives.
    #[error("the output layer of this model is not linear: no part of it has a share of the logits")]
    NonlinearOutput,
    /// Two examples, of which a position in the one is not that position in the other.
    #[error(
        "clean and corrupt must be of one length, and the model reads {clean} tokens of the one and {corrupt} of the other"
    )]
    PairLengths {
        /// Tokens of the one.
        clean: usize,
        /// Tokens of the other.
        corrupt: usize,
    },
    /// Two examples that nothing can be patched between.
    #[error("clean and corrupt have the same right answer: nothing would tell that a patch brings it back")]
    SameAnswer,
    /// Two examples that are alike to the model.
    #[error("the model does not tell clean from corrupt: there is no difference for a patch to bring back")]
    NotToldApart,
    /// Pairs of which the model is wrong about one or the other.
    #[error(
        "the model answers none of the {pairs} pairs rightly, both clean and corrupt: there is nothing to bring back"
    )]
    NoRightPair {
        /// How many.
        pairs: usize,
    },
    /// A position behind the end.
    #[error("{what} {position} does not exist: the longest example has {length} of them")]
    NoPosition {
        /// Query or key.
        what: &'static str,
        /// Which.
        position: usize,
        /// How many there are.
        length: usize,
    },
    /// Two positions that no example has both.
    #[error("no example has both query {query} and key {key}")]
    NoExample {
        /// The query.
        query: usize,
        /// The key.
        key: usize,
    },
    /// A key that comes later.
    #[error("query {query} does not see key {key}: it is a later token, and masked")]
    LaterKey {
        /// The query.
        query: usize,
        /// The key.
        key: usize,
    },
    /// A key that is masked.
    #[error("query {query} does not see key {key}: it is masked")]
    MaskedKey {
        /// The query.
        query: usize,
        /// The key.
        key: usize,
    },
    /// A head that the model does not have.
    #[error("unknown head '{name}'; this model's heads are {known}")]
    UnknownHead {
        /// What was asked for.
        name: HeadName,
        /// The heads that there are.
        known: String,
    },
    /// A head without its kind of attention, in a model of several kinds.
    #[error("several heads are called {name}: write {}", either(heads))]
    SeveralHeads {
        /// What was asked for.
        name: HeadName,
        /// The heads that may be meant.
        heads: Vec<Head>,
    },
    /// Nothing can be replaced by what another example has.
    #[error(
        "a mean or another example's output needs two examples of equal length and equally long answers, and there are none"
    )]
    NoPartner,
    /// Models whose heads cannot be compared.
    #[error("{name} has other layers or heads than the model that it is compared with")]
    OtherSizes {
        /// The other model.
        name: String,
    },
    /// Weights that are no record.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// `a, b or c`
fn either(heads: &[Head]) -> String {
    let names: Vec<String> = heads.iter().map(Head::to_string).collect();
    match &names[..] {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}
