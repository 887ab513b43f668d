//! What heads are known to look at: each pattern says, of one query, at which keys.

use std::ops::Range;

use headlight_model::AttentionKind;

use crate::examples::Example;
use crate::repeated::is_beginning;

/// Keys at which a head may look.
pub(super) struct Pattern {
    /// The name of its score: `previous`.
    pub(super) name: &'static str,
    /// What a head is called that looks there: `previous token`.
    pub(super) title: &'static str,
    /// The keys. Those that the query cannot see are left out afterwards.
    pub(super) keys: fn(&Query<'_>) -> Vec<usize>,
    /// Of which weight the score is a share.
    pub(super) of: Of,
    /// What TransformerLens calls a head that looks there, where it detects such heads. These are the patterns that random tokens
    /// which come twice show as well.
    pub(super) detected_as: Option<&'static str>,
}

/// Of which weight a score is a share.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Of the whole row.
    Row,
    /// Of what is not on the beginning of the sequence, where heads leave the weight that they have no use for.
    RowWithoutBeginning,
}

/// One row of attention weights: which query it is, and what it can see.
pub(super) struct Query<'a> {
    pub(super) example: &'a Example,
    pub(super) kind: AttentionKind,
    /// Its position.
    pub(super) at: usize,
    /// 1 where the keys begin with a token that only says so, or else 0.
    pub(super) first: usize,
}

impl<'a> Query<'a> {
    /// The query at a position of an example; `vocabulary` knows what the beginning of a sequence is called.
    pub(super) fn new(example: &'a Example, kind: AttentionKind, at: usize, vocabulary: &[String]) -> Self {
        let name = example.keys(kind).first().and_then(|token| vocabulary.get(*token));
        let first = usize::from(name.is_some_and(|name| is_beginning(name)));
        Self { example, kind, at, first }
    }

    /// The keys that the mask leaves: a decoder sees none that is later.
    pub(super) fn visible(&self) -> Range<usize> {
        match self.kind {
            AttentionKind::DecoderSelf => 0..self.at + 1,
            AttentionKind::EncoderSelf | AttentionKind::Cross => 0..self.tokens().len(),
        }
    }

    /// The tokens at the keys.
    fn tokens(&self) -> &'a [usize] {
        self.example.keys(self.kind)
    }

    /// The key so many positions on.
    fn offset(&self, by: isize) -> Vec<usize> {
        self.at.checked_add_signed(by).into_iter().collect()
    }

    /// Where the query's own token stands.
    fn equal(&self) -> Vec<usize> {
        let token = self.example.queries(self.kind)[self.at];
        self.tokens().iter().enumerate().filter(|(_, other)| **other == token).map(|(key, _)| key).collect()
    }

    /// The same, but for the query itself and, in a decoder, for what comes after it.
    fn duplicates(&self) -> Vec<usize> {
        let is_other = |key: &usize| match self.kind {
            AttentionKind::DecoderSelf => *key < self.at,
            AttentionKind::EncoderSelf => *key != self.at,
            AttentionKind::Cross => true,
        };
        self.equal().into_iter().filter(is_other).collect()
    }

    /// What came after them.
    fn after_duplicates(&self) -> Vec<usize> {
        self.duplicates().into_iter().map(|key| key + 1).collect()
    }

    /// The first key that is a token of its own.
    fn first_token(&self) -> Vec<usize> {
        if self.at >= self.first { vec![self.first] } else { Vec::new() }
    }

    /// As far from the end as the query is from the beginning.
    fn mirrored(&self) -> Vec<usize> {
        let first = if self.kind == AttentionKind::Cross { 0 } else { self.first };
        let is_token = self.at >= first;
        let mirrored = (self.tokens().len() + first).checked_sub(self.at + 1);
        mirrored.filter(|_| is_token).into_iter().collect()
    }

    /// What the task needs for the answer at this position.
    fn needed(&self) -> Vec<usize> {
        self.example.needed.get(&self.kind).and_then(|queries| queries.get(self.at)).cloned().unwrap_or_default()
    }
}

impl Pattern {
    const fn new(name: &'static str, title: &'static str, keys: fn(&Query<'_>) -> Vec<usize>) -> Self {
        Self { name, title, keys, of: Of::Row, detected_as: None }
    }

    const fn of(self, of: Of) -> Self {
        Self { of, ..self }
    }

    const fn detected_as(self, name: &'static str) -> Self {
        Self { detected_as: Some(name), ..self }
    }
}

/// Every pattern that heads are scored by. A line more, and there is one score more, with its role, column and threshold.
pub(super) const PATTERNS: &[Pattern] = &[
    Pattern::new("previous", "previous token", |query| query.offset(-1)).detected_as("previous_token_head"),
    Pattern::new("same", "same position", |query| query.offset(0)),
    Pattern::new("next", "next token", |query| query.offset(1)),
    Pattern::new("bos", "BOS", |query| (0..query.first).collect()),
    Pattern::new("first", "first token", |query| query.first_token()),
    Pattern::new("equal", "equal tokens", |query| query.equal()).of(Of::RowWithoutBeginning),
    Pattern::new("duplicate", "duplicate token", |query| query.duplicates()).detected_as("duplicate_token_head"),
    Pattern::new("induction", "induction", |query| query.after_duplicates()).detected_as("induction_head"),
    Pattern::new("mirrored", "mirrored position", |query| query.mirrored()),
    Pattern::new("needed", "needed keys", |query| query.needed()),
];
