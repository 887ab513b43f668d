use crate::TrainError;

/// The tokens that a model knows; a token's number is its place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    tokens: Vec<String>,
}

impl Vocabulary {
    /// Numbers the tokens in the order given.
    pub fn new(tokens: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { tokens: tokens.into_iter().map(Into::into).collect() }
    }

    /// How many tokens there are.
    pub fn size(&self) -> usize {
        self.tokens.len()
    }

    /// The token with this number.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn token(&self, id: usize) -> &str {
        &self.tokens[id]
    }

    /// The tokens with these numbers.
    ///
    /// # Panics
    ///
    /// When there is none for one of them.
    pub fn tokens(&self, ids: &[usize]) -> Vec<String> {
        ids.iter().map(|id| self.token(*id).to_string()).collect()
    }

    /// The numbers of tokens that are separated by white space, among the first `symbols` of the vocabulary.
    ///
    /// # Errors
    ///
    /// Names the first token that is not among them, and the ones that are; or says that there is no token at all.
    pub fn encode(&self, text: &str, symbols: usize) -> Result<Vec<usize>, TrainError> {
        let known = &self.tokens[..symbols];
        let ids: Vec<usize> = text
            .split_whitespace()
            .map(|token| {
                known.iter().position(|known| known == token).ok_or_else(|| TrainError::UnknownToken {
                    token: token.to_string(),
                    first: known[0].clone(),
                    last: known[symbols - 1].clone(),
                })
            })
            .collect::<Result<_, _>>()?;
        if ids.is_empty() { Err(TrainError::NoTokens) } else { Ok(ids) }
    }
}
