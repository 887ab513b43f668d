use headlight_lens::Examples;
use headlight_model::{Sequences, Traceable};

/// Which right answers a lens needs of a model that others trained. The examples of a task have theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// None: texts stay as they are.
    None,
    /// Of each text as many as it gives: every next token, or some that are masked one by one.
    EveryToken,
    /// The last token.
    LastToken,
}

/// A model, and the examples that it is looked at on.
pub(crate) struct Subject {
    pub(crate) model: Box<dyn Traceable<Input = Sequences>>,
    pub(crate) examples: Examples<Sequences>,
    /// The held-out examples, where one question is looked at instead; random tokens of a decoder that others trained.
    pub(crate) held_out: Option<Examples<Sequences>>,
    /// How many positions the model can read; `None` where its position encoding has no end.
    pub(crate) positions: Option<usize>,
    /// The seed that it was trained with, if it was.
    pub(crate) trained_with: Option<u64>,
    /// How many tokens are read side by side at most, where a pass takes much memory.
    pub(crate) most_tokens: Option<usize>,
}
