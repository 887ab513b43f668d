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
    /// The files alone don't say how text becomes tokens, and the class that knows is not among those that are read here.
    #[error("unknown tokenizer class '{class}' for {file}; without a tokenizer.json, these can be read: {known}")]
    UnknownClass {
        /// What the directory calls its tokenizer, or its model.
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
    /// A `Malformed` error about `file`.
    pub(super) fn malformed(file: &'static str, reason: impl ToString) -> Self {
        Self::Malformed { file, reason: reason.to_string() }
    }
}
