//! What models hear and see is what transformers makes of the same files.

mod goldens;
mod pictures;
mod sounds;
mod wav;
