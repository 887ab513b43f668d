use std::fmt;
use std::path::PathBuf;

/// A file that holds no pairs, or not only pairs, or not those that it held.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct PairFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub source: PairError,
}

/// Why a text does not hold pairs, or not those that it held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// Bytes that are no text.
    #[error("is not text in UTF-8")]
    NotText,
    /// More bytes than a file of pairs may have.
    #[error("is larger than {} MiB", max >> 20)]
    TooLarge {
        /// The most bytes.
        max: u64,
    },
    /// A text without a pair.
    #[error("holds no pair: each line needs a source, a tab and a target")]
    NoPair,
    /// A line that is not a pair.
    #[error("line {number} {source}")]
    Line {
        /// The line, from 1 on.
        number: usize,
        /// What is wrong with it.
        source: LineError,
    },
    /// More tokens than a model can have.
    #[error("has {count} different tokens, and at most {max} are possible")]
    TooManyTokens {
        /// How many it has.
        count: usize,
        /// The most possible.
        max: usize,
    },
    /// Another text than before.
    #[error("has changed since the run began")]
    Changed,
}

/// Why a line is not a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// No tab.
    #[error("has no tab between a source and a target")]
    NoTab,
    /// More than one tab.
    #[error("has more than one tab")]
    Tabs,
    /// A control character.
    #[error("holds a control character")]
    Control,
    /// A half without a token.
    #[error("has no {half}")]
    Empty {
        /// Which half.
        half: Half,
    },
    /// A half with more tokens than a model may read.
    #[error("has a {half} of {tokens} tokens, and at most {max} are possible")]
    TooLong {
        /// Which half.
        half: Half,
        /// Its tokens.
        tokens: usize,
        /// The most possible.
        max: usize,
    },
    /// A word that Headlight uses itself.
    #[error("holds {mark}, which Headlight uses itself: write another word")]
    Mark {
        /// The word.
        mark: &'static str,
    },
    /// The source of an earlier line, and not its target.
    #[error("gives a source of an earlier line another target")]
    OtherTarget,
}

/// A half of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The question.
    Source,
    /// The answer.
    Target,
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}
