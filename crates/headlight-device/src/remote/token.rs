//! The secret that a server and its clients share.

use std::fmt;
use std::str::FromStr;

/// What lets a client use a device: whoever knows it may. It is shown nowhere, in no message and no file of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing is in it.
    #[error("the token is empty")]
    Empty,
    /// It could be guessed.
    #[error("the token has {length} characters, and at least {MIN_LENGTH} are needed")]
    Short {
        /// Its characters.
        length: usize,
    },
    /// It is no line of text.
    #[error("a token is one line of at most {MAX_LENGTH} visible ASCII characters")]
    Form,
}

/// Whoever can reach a server can try tokens at it; this many random characters are too many to try.
const MIN_LENGTH: usize = 16;
const MAX_LENGTH: usize = 1024;

impl Token {
    #[cfg(feature = "remote")]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Token {
    type Err = TokenError;

    /// Reads a token, without the spaces and the line's end around it.
    fn from_str(text: &str) -> Result<Self, TokenError> {
        let token = text.trim();
        if token.is_empty() {
            return Err(TokenError::Empty);
        }
        if token.len() > MAX_LENGTH || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Form);
        }
        if token.len() < MIN_LENGTH {
            return Err(TokenError::Short { length: token.len() });
        }
        Ok(Self(token.to_string()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}
