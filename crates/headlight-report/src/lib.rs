//! One HTML page that shows a run: every head, at every recorded step, in a browser, with no network.
//!
//! A [`Report`] is what the page shows, as plain data; [`report_html`] makes the page. The viewer is TypeScript in the repository's
//! `viewer/`; `npm run build` there writes `dist/`, which is committed and embedded here, so that the Rust needs no Node.
//!
//! ```
//! use headlight_record::{AttentionKind, AttentionRecord, Origin};
//! use headlight_report::{Report, report_html};
//!
//! let tokens = vec!["the".to_string(), "</script>".to_string()];
//! let weights = vec![1.0, 0.0, 0.25, 0.75];
//! let record =
//!     AttentionRecord::new(AttentionKind::DecoderSelf, [1, 1, 2, 2], weights, tokens.clone(), tokens, Origin::default())?;
//! let report = Report { title: "two tokens".to_string(), moments: vec![vec![record]], metrics: vec![], findings: vec![] };
//! let html = report_html(&report)?;
//! assert!(html.starts_with("<!doctype html>"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "page")]
mod report;
#[cfg(feature = "page")]
mod sweep;
mod moment;
#[cfg(feature = "page")]
pub mod html;
#[cfg(feature = "page")]
mod page;
#[cfg(feature = "page")]
mod manifest;
mod moments;
mod findings;
mod blocks;
mod quantise;
mod thumbnails;
mod measures;

pub use moment::{MomentData, findings_json};
#[cfg(feature = "page")]
pub use report::{Report, ReportError, report_html};
#[cfg(feature = "page")]
pub use sweep::{SweepPage, sweep_html};
