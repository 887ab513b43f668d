//! Where a device is served, as a user writes it.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// One server of a device: `HOST:PORT` over WebSocket, or `ID@HOST:PORT` over iroh, where the identity proves that it is this server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteAddress {
    /// Of a server over iroh, its public key: 64 hexadecimal digits.
    identity: Option<String>,
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    host: String,
    port: u16,
}

impl RemoteAddress {
    /// The public key that the server must have, where it is reached over iroh.
    pub fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }

    /// `HOST:PORT`, as the system resolves it.
    pub fn host_and_port(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl FromStr for RemoteAddress {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (identity, place) = match text.split_once('@') {
            Some((identity, place)) => (Some(identity), place),
            None => (None, text),
        };
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if identity.is_some_and(|identity| identity.len() != 64 || !identity.bytes().all(is_digit)) {
            return Err(());
        }
        let (host, port) = place.rsplit_once(':').ok_or(())?;
        // Digits alone: `parse` would take a plus sign too, and then two names would mean one server.
        let is_plain = port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
        if !is_plain || !is_host(host) {
            return Err(());
        }
        let port = port.parse().map_err(drop)?;
        Ok(Self { identity: identity.map(str::to_string), host: host.to_string(), port })
    }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            !host.is_empty() && host.bytes().all(is_letter)
        }
    }
}

impl fmt::Display for RemoteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(identity) = &self.identity {
            write!(f, "{identity}@")?;
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}
