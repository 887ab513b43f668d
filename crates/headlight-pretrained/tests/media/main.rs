//! What models hear and see is what transformers makes of the same files.

mod goldens;
mod sounds;
mod wav;
