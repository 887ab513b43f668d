//! Still pictures of attention: one head, or all of them, or how one computes, as PNG or SVG.
//!
//! Whatever made the [`AttentionRecord`](headlight_record::AttentionRecord), this crate draws it: queries down, keys
//! across, colours on one fixed scale from 0 to 1. PNG needs no font and no library of the system.
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

mod options;
mod picture;
mod heatmap;
mod lines;
mod curves;
mod matrix;
mod steps;
mod positions;
mod film;
mod files;
mod block;
mod shrink;
mod reach;
mod axis;
mod ticks;
mod surroundings;
mod style;
mod colours;
mod figure;
mod page;
mod canvas;
mod bitmap;
mod hatching;
mod ink;
mod svg;
mod text;
mod fonts;
mod token;
mod error;

pub use error::PlotError;
pub use files::{draw_heads, grid_file_name, head_file_name, write_heatmaps, write_pictures};
pub use film::{Film, FilmOptions, Frame, film};
pub use heatmap::{grid_png, head_png};
pub use matrix::Matrix;
pub use options::{Colormap, Format, FullColour, PlotOptions, Shading, Theme, Values};
pub use picture::{Drawn, Picture, draw};
pub use steps::Scaling;
