//! What a figure is drawn on: pixels or SVG, on one path.

pub(crate) mod bitmap;
pub(crate) mod hatching;
mod ink;
mod paint;
mod photo;
pub(crate) mod svg;
