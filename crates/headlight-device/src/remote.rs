//! Devices of other machines: their names, who may use them, how they are reached, and how this machine's own is served.

mod address;
#[cfg(feature = "remote")]
mod client;
mod error;
#[cfg(feature = "remote")]
mod over_iroh;
mod remotes;
#[cfg(feature = "remote")]
mod server;
mod token;

pub use self::address::RemoteAddress;
#[cfg(feature = "remote")]
pub use self::client::{allow_remote, uses_remote, wait_for_loss};
pub use self::error::RemoteError;
#[cfg(feature = "remote")]
pub use self::over_iroh::Identity;
pub use self::remotes::Remotes;
#[cfg(feature = "remote")]
pub use self::server::{Server, Transport, Visit};
pub use self::token::{Token, TokenError};

#[cfg(feature = "remote")]
pub(crate) use self::client::open;
