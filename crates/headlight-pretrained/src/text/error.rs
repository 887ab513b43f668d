/// Why a directory's tokenizer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// A file that is there could not be read.
    #[error("cannot read {file}: {reason}")]
    Unreadable {
        /// Its path.
        file: String,
        /// What the operating system says.
        reason: std::io::Error,
    },
    /// A file does not hold what its name promises.
    #[error("{file} is not a usable tokenizer file: {reason}")]
    Malformed {
        /// Its name in the directory.
        file: &'static str,
        /// What is wrong in it.
        reason: String,
    },
    /// One file of a kind that needs two.
    #[error("the tokenizer is incomplete: there is {present}, but no {missing}")]
    Incomplete {
        /// The file that is there.
        present: &'static str,
        /// The file that is not.
        missing: &'static str,
    },
    /// The vocabulary alone doesn't say how text becomes tokens, and the class that knows is not among those read here.
    #[error(
        "cannot tell how {file} cuts a text into tokens: the directory names {class}; without a tokenizer.json, the known classes are {known}"
    )]
    UnknownClass {
        /// What the directory calls its tokenizer, or else its model, in quotation marks; or that it has no name for either.
        class: String,
        /// The vocabulary file.
        file: &'static str,
        /// The classes that go with such a file.
        known: &'static str,
    },
    /// The tokenizer is fine, but this text has no tokens in it.
    #[error("the tokenizer cannot encode this text: {0}")]
    Text(String),
}

impl TokenizerError {
    /// An `UnknownClass` error about `file`.
    pub(super) fn unknown(class: Option<&str>, file: &'static str, known: &'static str) -> Self {
        let class = class.map_or("no class".to_string(), |class| format!("'{class}'"));
        Self::UnknownClass { class, file, known }
    }

    /// A `Malformed` error about `file`.
    pub(super) fn malformed(file: &'static str, reason: impl ToString) -> Self {
        Self::Malformed { file, reason: reason.to_string() }
    }
}
