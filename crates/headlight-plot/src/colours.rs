//! The colours of a picture: of its values, and of everything around them.

pub(crate) mod palette;
pub(crate) mod shade;
