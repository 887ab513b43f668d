//! Several servers, as a user names them.

use std::fmt;

use super::address::RemoteAddress;
use super::error::RemoteError;

/// One or several servers, which compute together: each takes its part of a batch.
///
/// As text `remote:HOST:PORT`, with commas between several: `remote:gpu1:3000,remote:gpu2:3000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remotes(Vec<RemoteAddress>);

/// How each of them begins.
const PREFIX: &str = "remote:";

/// As many as there may be replicas.
const MAX_SERVERS: usize = 256;

impl Remotes {
    /// Each of them, in the order in which they were named.
    pub fn addresses(&self) -> &[RemoteAddress] {
        &self.0
    }

    /// The first alone.
    pub fn first(&self) -> Self {
        Self(self.0[..1].to_vec())
    }

    /// The one that there is.
    ///
    /// # Errors
    ///
    /// When there are several.
    pub fn only(&self) -> Result<&RemoteAddress, RemoteError> {
        match &self.0[..] {
            [address] => Ok(address),
            several => Err(RemoteError::Several { count: several.len() }),
        }
    }

    /// Reads servers, if these are some.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, RemoteError>> {
        let each = text.split(',').map(|name| name.strip_prefix(PREFIX)?.parse().ok());
        let addresses: Vec<RemoteAddress> = each.collect::<Option<_>>()?;
        if addresses.len() > MAX_SERVERS {
            return Some(Err(RemoteError::TooMany { count: addresses.len(), max: MAX_SERVERS }));
        }
        let twice = addresses.iter().enumerate().find(|(at, address)| addresses[..*at].contains(address));
        Some(match twice {
            Some((_, address)) => Err(RemoteError::Twice { address: address.clone() }),
            None => Ok(Self(addresses)),
        })
    }
}

impl fmt::Display for Remotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, address) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{PREFIX}{address}")?;
        }
        Ok(())
    }
}
