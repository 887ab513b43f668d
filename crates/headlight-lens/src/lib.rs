//! What attention heads do, tried out.
//!
//! So far: what each kind of mask makes of one head's scores ([`under_each_mask`]), what the scale √d_head is for
//! ([`scale_entropy`]), and a model of one head over any words with its initial parameters, on which attention can be followed
//! number by number ([`Untrained`]).

mod each_mask;
mod scale_entropy;
mod untrained;

pub use each_mask::{MaskedRecord, under_each_mask};
pub use scale_entropy::{ScaleEntropy, scale_entropy};
pub use untrained::{PAD, Untrained};
