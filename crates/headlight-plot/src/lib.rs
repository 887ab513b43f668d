//! Pictures of attention: heatmaps of one head or of all, one head step by step, and films, as PNG, SVG, GIF or APNG.
//!
//! Whatever made the [`AttentionRecord`](headlight_record::AttentionRecord), this crate draws it: queries down, keys
//! across, colours on one fixed scale from 0 to 1. It returns bytes and writes no file. Its fonts are built in; with the
//! feature `installed-fonts`, on by default, characters that they lack come from the fonts of the system.
//!
//! ```
//! use headlight_plot::{PlotOptions, head_png};
//! use headlight_record::{AttentionKind, AttentionRecord, Origin};
//!
//! let tokens = vec!["the".to_string(), "cat".to_string()];
//! let record = AttentionRecord::new(
//!     AttentionKind::DecoderSelf,
//!     [1, 1, 2, 2],               // layers, heads, queries, keys
//!     vec![1.0, 0.0, 0.25, 0.75], // "the" sees itself, "cat" sees both
//!     tokens.clone(),
//!     tokens,
//!     Origin::default(),
//! )?;
//! let png = head_png(&record, 0, 0, &PlotOptions::default())?;
//! assert!(png.starts_with(b"\x89PNG"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// What is asked for, and what may be wrong with it.
mod options;
mod limits;
mod error;
// What a figure is made of.
mod area;
mod numbers;
mod colours;
mod text;
mod figure;
// Where things stand in it, for each kind of picture.
mod layout;
mod pictures;
// What it is drawn on, and the bytes that come of it.
mod canvas;
mod draw;
mod heatmaps;
mod film;
#[cfg(test)]
mod tests;

pub use draw::{Drawn, draw};
pub use error::PlotError;
pub use film::{Film, FilmOptions, Frame, film};
pub use heatmaps::{draw_heads, draw_heatmaps, grid_file_name, grid_png, head_file_name, head_png};
pub use options::{Colormap, Font, Format, FullColour, PlotOptions, Shading, Theme, Values};
pub use pictures::Picture;
pub use pictures::over_image::PatchedImage;
pub use pictures::positions::{alibi_chart, rotary_chart, sinusoidal_chart};
pub use pictures::scaling::Scaling;
pub use text::missing::MissingCharacters;
