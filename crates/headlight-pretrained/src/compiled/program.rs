use headlight_model::Site;

/// What a compiled transformer was compiled from, as far as the file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// What its heads do, in words.
    pub says: String,
    /// The input tokens, each at its number.
    pub tokens: Vec<String>,
    /// The output tokens, each at the number of its logit. They are others than the input's: a histogram answers letters with counts.
    pub outputs: Vec<String>,
    /// The names of the stream's directions, `variable:value` or `variable`.
    pub directions: Vec<String>,
    /// Random inputs, with the right answers.
    pub questions: Vec<Question>,
    /// The share of the questions answered without an error when one head's context, or one feed-forward layer's output, is zeros, as
    /// the makers of the file computed it with another program.
    pub exact_match_when_zeroed: Vec<(Site, f64)>,
}

/// An input of a program, and what is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Numbers of input tokens, the first of which is the beginning of the sequence (`BOS`).
    pub tokens: Vec<usize>,
    /// Positions, each with the number of the output token that is right there; the first position is not asked.
    pub answers: Vec<(usize, usize)>,
}

impl Program {
    /// The number of an input token.
    pub fn token(&self, token: &str) -> Option<usize> {
        self.tokens.iter().position(|known| known == token)
    }

    /// The number of an output token.
    pub fn output(&self, token: &str) -> Option<usize> {
        self.outputs.iter().position(|known| known == token)
    }
}
