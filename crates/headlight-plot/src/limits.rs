//! What may be asked of a picture. Errors name these limits, and whatever draws keeps to them.

use std::ops::RangeInclusive;

/// The scales that give a useful picture: below, no text can be read; above, no viewer opens the file.
pub(crate) const SCALES: RangeInclusive<f64> = 0.25..=32.0;

/// Frames a second. Players show faster frames of a GIF slowly.
pub(crate) const FRAMES_PER_SECOND: RangeInclusive<u16> = 1..=50;

/// Lines between more tokens than this cannot be told apart.
pub(crate) const MOST_LINED_TOKENS: usize = 128;

/// More pixels than this fill memory, and most viewers refuse them.
pub(crate) const MOST_PIXELS: i64 = 1 << 26;

/// Viewers of SVG calculate with numbers of 32 bits, which are exact up to here.
pub(crate) const LONGEST_SIDE: i64 = 1 << 24;
