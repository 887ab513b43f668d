//! Whole figures, tested from inside the crate: what stands where, and the pixels that come of it.

mod cells;
mod charts;
mod fixtures;
mod over_image;
mod placing;
mod steps;
mod words;
