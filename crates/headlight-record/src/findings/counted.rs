use serde::{Deserialize, Serialize};

/// What a share of right answers is a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Counted {
    /// Answers: one with a wrong token is wrong. Exact match.
    #[default]
    Answers,
    /// The tokens of an answer, given the right ones before: the mean over the examples of each one's share. Of a text that a model goes
    /// on with, hardly ever is every token the likeliest.
    Tokens,
}

impl Counted {
    /// What such a share is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Answers => "exact match",
            Self::Tokens => "token accuracy",
        }
    }

    /// The same for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answers => "exact_match",
            Self::Tokens => "token_accuracy",
        }
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
