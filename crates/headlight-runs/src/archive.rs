//! A run as a zip archive of its directory: what a page downloads and uploads, and `unzip` or a file manager packs and unpacks.

mod error;
mod pack;
mod unpack;

pub use error::ArchiveError;
pub use pack::RunArchive;
pub use unpack::{ArchivedRun, PackedRun};
