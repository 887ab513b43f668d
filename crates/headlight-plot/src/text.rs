//! Text: the fonts, how long words are, what stands for what cannot be seen, and a line at its position.

pub(crate) mod fonts;
mod glyph;
pub(crate) mod line;
pub(crate) mod missing;
pub(crate) mod pen;
pub(crate) mod token;
