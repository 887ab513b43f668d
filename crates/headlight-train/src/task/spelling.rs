use serde::{Deserialize, Serialize};

/// How tokens are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spelling {
    /// With white space between them.
    Words,
    /// One character each; a space is a token too, shown as `␣`.
    Characters,
}

/// How Headlight writes a space where tokens are characters.
pub(crate) const SPACE: &str = "␣";

/// The tokens of a text.
pub(crate) fn split_tokens(text: &str, spelling: Spelling) -> Vec<String> {
    let character = |character: char| if character == ' ' { SPACE.to_string() } else { character.to_string() };
    match spelling {
        Spelling::Words => text.split_whitespace().map(ToString::to_string).collect(),
        Spelling::Characters => text.chars().map(character).collect(),
    }
}
