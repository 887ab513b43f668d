//! The lab: training, asking and changing a model behind one message interface, for a page in the browser.

pub mod messages;

mod answer;
mod catalogue;
mod changes;
mod choices;
mod error;
mod lab;
mod look;
mod one_line;
mod session;
mod settings;
#[cfg(test)]
mod typescript;
#[cfg(target_family = "wasm")]
mod wasm;

pub use error::LabError;
pub use lab::Lab;
