//! What the page and a worker say to each other, as plain data: a [`Request`] and its [`Reply`], each with bytes beside it where it says so.
//!
//! `viewer/src/lab/messages.ts` is made from this module by a test (`cargo test -p headlight-lab`), so that both sides cannot drift apart.

mod catalogue;
mod reply;
mod request;

pub use catalogue::{Catalogue, TaskEntry};
pub use reply::{Attended, Evaluated, Reply, Started, Step, Stepped};
pub use request::{Change, Contents, HeadChange, Part, Request, Settings};

/// The version of these messages. The page refuses a worker of another one.
pub const VERSION: u32 = 1;
