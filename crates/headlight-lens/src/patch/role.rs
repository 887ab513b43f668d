use headlight_model::{AttentionKind, Site, Stack};

use super::pairs::Pair;

/// What stands at a position, in the pair at hand. Pairs differ in where they were changed, so that a mean over positions would blur what a
/// mean over roles shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A token that clean and corrupt do not have in common.
    Changed,
    /// The token after such a one.
    AfterChanged,
    /// The token at which the answers' first difference is predicted.
    Answer,
    /// All others.
    Elsewhere,
}

impl Role {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Changed, Self::AfterChanged, Self::Answer, Self::Elsewhere];

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Changed => "changed token",
            Self::AfterChanged => "token after it",
            Self::Answer => "answer",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// Its key for programs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Changed => "at_changed",
            Self::AfterChanged => "after_changed",
            Self::Answer => "at_answer",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// The role of a position of what a site computes; `output` is the stack whose positions answer.
    pub fn of(pair: &Pair, site: Site, position: usize, output: Stack) -> Self {
        let kind = queries_of(site);
        let is_changed = |position: usize| {
            let [clean, corrupt] = pair.queries(kind).map(|tokens| tokens.get(position));
            // What a decoder reads behind the answer does not change it.
            clean != corrupt && (kind == AttentionKind::EncoderSelf || position <= pair.position())
        };
        let answers = (kind == AttentionKind::EncoderSelf) == (output == Stack::Encoder);
        match position {
            _ if is_changed(position) => Self::Changed,
            _ if answers && position == pair.position() => Self::Answer,
            _ if position > 0 && is_changed(position - 1) => Self::AfterChanged,
            _ => Self::Elsewhere,
        }
    }
}

/// A kind of attention whose queries are the site's positions.
pub(super) fn queries_of(site: Site) -> AttentionKind {
    match site {
        Site::Context(head) => head.kind,
        Site::Stream(stack, _) | Site::FeedForward(stack, _) => stack.self_attention(),
    }
}
