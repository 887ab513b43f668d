use super::address::RemoteAddress;

/// Why a device of another machine cannot be used, or this machine's own not be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// A server is named twice.
    #[error("{address} is named twice")]
    Twice {
        /// The server.
        address: RemoteAddress,
    },
    /// More servers are named than there may be replicas.
    #[error("{count} remote devices are named, and at most {max} can compute together")]
    TooMany {
        /// How many.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// Several devices, where one computes.
    #[error("only training can use several devices together: name one of these {count}")]
    Several {
        /// How many are named.
        count: usize,
    },
    /// A server that only a run's configuration names.
    #[error("another machine's device is used only where it is asked for")]
    NotAsked,
    /// Nothing to show to the server.
    #[error("the device at {address} needs a token")]
    NoToken {
        /// The server.
        address: RemoteAddress,
    },
    /// No server is there.
    #[error("nothing serves a device at {address}: {reason}")]
    Unreachable {
        /// Where it was looked for.
        address: RemoteAddress,
        /// The system's or Burn's reason.
        reason: String,
    },
    /// Something is there that does not answer.
    #[error("the device at {address} has not answered for {seconds} s")]
    Silent {
        /// The server.
        address: RemoteAddress,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The connection ended while the device was in use.
    #[error("the device at {address} is gone: its server was stopped or failed, or the network was cut")]
    Lost {
        /// The server.
        address: RemoteAddress,
    },
    /// The server knows another token.
    #[error("the server at {address} refused the token")]
    Refused {
        /// The server.
        address: RemoteAddress,
    },
    /// The server was built with another Burn.
    #[error(
        "the server at {address} speaks version {there} of Burn's remote protocol, and this build version {here}: use the \
         same Headlight on both machines"
    )]
    Version {
        /// The server.
        address: RemoteAddress,
        /// The version of this build.
        here: u16,
        /// The server's.
        there: u16,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}: {reason}")]
    Listen {
        /// Where.
        listen: std::net::SocketAddr,
        /// The system's reason.
        reason: String,
    },
    /// The server stopped by itself.
    #[error("the server failed: {reason}")]
    Server {
        /// Burn's reason.
        reason: String,
    },
    /// The file of a server's private key holds something else.
    #[error("not a server's private key: expected 32 bytes, found {length}")]
    Identity {
        /// The bytes that were found.
        length: usize,
    },
}

impl RemoteError {
    /// Whether a machine or the network failed, rather than the request having been wrong.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Silent { .. } | Self::Lost { .. } | Self::Server { .. })
    }
}
