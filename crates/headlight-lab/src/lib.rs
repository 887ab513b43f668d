//! The lab: training, asking and changing a model behind one message interface, for a page in the browser.

pub mod messages;

#[cfg(test)]
mod typescript;
