//! The lab: training, asking and changing a model behind one message interface, for a page in the browser.
//!
//! A [`Lab`] is what one worker of a page holds. It does what a [`Request`](messages::Request) asks, and takes its part of each step
//! between requests. With several workers, each gives its part, and each takes the step of the sum; the loop is the page's, which has a
//! clock:
//!
//! ```
//! use headlight_lab::Lab;
//! use headlight_lab::messages::{Part, Reply, Request, Settings, Stepped};
//!
//! let settings = Settings { task: Some("copy".to_string()), max_steps: Some(3), ..Settings::default() };
//! let mut lab = Lab::new();
//! let start = Request::Start { settings: Box::new(settings), part: Part { shard: 0, shards: 1 } };
//! let (Reply::Started(started), _) = lab.handle(start, &[]) else { panic!("refused") };
//! let mut done = started.done;
//! while !done {
//!     let sum = lab.gradients()?; // of several workers, what all of theirs add up to
//!     let mut stepped = lab.apply(&sum, 0.1);
//!     if let Stepped::Taken { evaluation_due: true, .. } = stepped {
//!         let right = lab.count(&[])?; // of several, what all of theirs add up to
//!         stepped = lab.evaluated(right);
//!     }
//!     match stepped {
//!         Stepped::Taken { step, done: is_last, .. } => {
//!             println!("step {}: loss {:.3}", step.step, step.loss);
//!             done = is_last;
//!         }
//!         Stepped::Stopped { reason } => panic!("{reason}"),
//!     }
//! }
//! # Ok::<(), headlight_lab::LabError>(())
//! ```
//!
//! In reading order: [`messages`], [`Lab`]; in the sources `session.rs` is the training, `look.rs` what is shown of it, `settings.rs` what
//! the command line calls its options, and `wasm.rs` what a browser calls.

pub mod messages;

mod answer;
mod catalogue;
mod changes;
mod choices;
mod error;
mod lab;
mod look;
mod one_line;
#[cfg(not(target_family = "wasm"))]
mod page;
mod session;
mod settings;
#[cfg(test)]
mod typescript;
#[cfg(target_family = "wasm")]
mod wasm;

pub use error::LabError;
pub use lab::Lab;
#[cfg(not(target_family = "wasm"))]
pub use page::{is_lab_page, lab_html};
