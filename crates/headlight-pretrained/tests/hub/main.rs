//! Models by name.

mod cache;
#[cfg(feature = "download")]
mod download;
#[cfg(feature = "download")]
mod server;
