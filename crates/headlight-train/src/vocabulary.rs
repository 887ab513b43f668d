use crate::task::{SPACE, Spelling, TaskError, split_tokens};

/// The tokens that a model knows; a token's number is its position in the list.
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

    /// The tokens with these numbers as one word, with `␣` as the space that it stands for; marks stand apart, as in `C END`, since
    /// nobody could tell them from characters.
    ///
    /// # Panics
    ///
    /// When there is none for one of them.
    pub fn characters(&self, ids: &[usize]) -> String {
        let mut text = String::new();
        let mut follows_mark = false;
        for token in ids.iter().map(|id| self.token(*id)) {
            let is_mark = token.chars().nth(1).is_some(); // all but marks are one character
            if (is_mark || follows_mark) && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(if token == SPACE { " " } else { token });
            follows_mark = is_mark;
        }
        text
    }

    /// The numbers of a text's tokens, among the first `symbols` of the vocabulary.
    ///
    /// # Errors
    ///
    /// Names the first token that is not among them, and the ones that are.
    pub fn encode(&self, text: &str, spelling: Spelling, symbols: usize) -> Result<Vec<usize>, TaskError> {
        let known = &self.tokens[..symbols];
        let id = |token: String| {
            let id = known.iter().position(|known| *known == token);
            id.ok_or_else(|| TaskError::UnknownToken { token, known: in_words(known, spelling) })
        };
        split_tokens(text, spelling).into_iter().map(id).collect()
    }
}

/// A few tokens one by one, many by the first and the last.
fn in_words(tokens: &[String], spelling: Spelling) -> String {
    const FEW: usize = 12;
    let are_numbers = tokens.iter().enumerate().all(|(number, token)| *token == number.to_string());
    let list = match tokens {
        [first, .., last] if are_numbers => format!("{first} … {last}"),
        [first, second, .., last] if tokens.len() > FEW => format!("{first} {second} … {last}"),
        _ => tokens.join(" "),
    };
    match spelling {
        Spelling::Words => format!("{list}, separated by spaces"),
        Spelling::Characters => format!("the characters {}", tokens.concat()),
    }
}
