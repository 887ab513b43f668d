//! What attention looked like, as plain data.
//!
//! An [`AttentionRecord`] is the one noun that all Headlight crates share: whatever makes attention weights ends in
//! one, and whatever draws or measures them starts from one.
//!
//! ```
//! use headlight_record::{AttentionKind, AttentionRecord, Origin};
//!
//! let tokens = vec!["the".to_string(), "cat".to_string()];
//! let record = AttentionRecord::new(
//!     AttentionKind::DecoderSelf,
//!     [1, 1, 2, 2],               // layers, heads, queries, keys
//!     vec![1.0, 0.0, 0.25, 0.75], // row by row: "the" sees itself, "cat" sees both
//!     tokens.clone(),
//!     tokens,
//!     Origin::default(),
//! )?;
//! assert_eq!(record.row(0, 0, 1), [0.25, 0.75]);
//! # Ok::<(), headlight_record::RecordError>(())
//! ```

mod combine;
mod choose;
mod error;
mod file;
pub mod findings;
mod head;
mod kind;
mod layers;
mod metrics;
mod record;
mod projections;
mod projected;
mod steps;
pub mod sweep;
mod weights;

pub use combine::{Combination, check_alike, combine_records};
pub use error::RecordError;
pub use file::{RecordFileError, holds_records, records_from_bytes, records_to_bytes};
pub use findings::Findings;
pub use head::{Head, HeadName, HeadNameError};
pub use kind::AttentionKind;
pub use metrics::{StepMetrics, metrics_from_text, without_clock};
pub use projections::{HeadProjections, Projections};
pub use record::{AttentionRecord, MaskCell, Origin};
pub use steps::Steps;
pub use weights::{ArrayError, Weights, WeightsChoice, WeightsFile, WeightsFormat, read_npy, read_weights};
