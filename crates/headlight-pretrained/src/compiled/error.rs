use headlight_model::{ConfigError, ParametersError};

/// Why bytes are no compiled program.
#[derive(Debug, thiserror::Error)]
pub enum CompiledError {
    /// The description is not JSON, or lacks something.
    #[error("not the description of a compiled program: {0}")]
    Description(#[from] serde_json::Error),
    /// A size is 0.
    #[error("not the description of a compiled program: {0}")]
    Config(#[from] ConfigError),
    /// The parameters are damaged, or belong to another program.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// The program has something that no program of this family has here.
    #[error("{0}, which is not supported for compiled programs")]
    Unsupported(&'static str),
    /// The numbers of a vocabulary are not 0, 1, 2, ….
    #[error("the numbers of a vocabulary's {0} tokens are not 0 … {last}", last = .0.saturating_sub(1))]
    Vocabulary(usize),
    /// A question or an answer has a token that is not in the vocabulary.
    #[error("unknown token '{0}' in the questions and answers")]
    UnknownToken(String),
    /// No question that tells whether the parameters were read rightly.
    #[error("the description has no questions")]
    NoQuestions,
    /// A question without a token to ask about, or with more or fewer answers than tokens, or longer than the positions.
    #[error("question {question} has {tokens} tokens and {answers} answers, and there are {positions} positions")]
    Length {
        /// Which question, from 0.
        question: usize,
        /// How many tokens it has.
        tokens: usize,
        /// How many answers.
        answers: usize,
        /// For how many positions the program was compiled.
        positions: usize,
    },
    /// A part that was zeroed has a name that is none.
    #[error("'{0}' names no head and no feed-forward layer: such names are L0H0 and MLP0")]
    UnknownPart(String),
    /// No variable of the stream gives the answers.
    #[error("the model's answers are not the program's: it computes something else than the description says")]
    OtherAnswers,
}
