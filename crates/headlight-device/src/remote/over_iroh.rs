//! iroh: QUIC, encrypted, between two machines that reach each other directly. No relay, no directory, no router that is asked to
//! open a port: nothing of ours goes to anybody else's server.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Mutex;

use burn::remote::{EndpointId, IrohHost, RemoteHost};
use burn::server::{BURN_REMOTE_ALPN, IrohIdentity};
use iroh::endpoint::{Builder, NetReportConfig, PortmapperConfig, QuicTransportConfig, presets};
use iroh::{Endpoint, RelayMode, SecretKey};
use tokio::runtime::Runtime;

use super::address::RemoteAddress;
use super::error::RemoteError;

/// What a server proves with that it is the one that a client was told of. Whoever has it can pose as this server.
#[derive(Clone, Debug)]
pub struct Identity(Box<IrohIdentity>);

impl Identity {
    /// A new one.
    pub fn random() -> Self {
        Self(Box::new(IrohIdentity::random()))
    }

    /// One that was kept.
    ///
    /// # Errors
    ///
    /// When these are not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RemoteError> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| RemoteError::Identity { length: bytes.len() })?;
        Ok(Self(Box::new(IrohIdentity::from_bytes(bytes))))
    }

    /// The bytes to keep.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// What clients are told: the public key, as 64 hexadecimal digits.
    pub fn id(&self) -> String {
        self.0.id().to_string()
    }
}

/// Where this process dials from: one socket for all servers, on a runtime that lives as long as the process.
static DIALS_FROM: Mutex<Option<(Runtime, Endpoint)>> = Mutex::new(None);

/// A server, as Burn reaches it over iroh.
pub(super) fn host(address: &RemoteAddress, identity: &str) -> Result<RemoteHost, RemoteError> {
    let unreachable = |reason: String| RemoteError::Unreachable { address: address.clone(), reason };
    let id: EndpointId = identity.parse().map_err(|_| unreachable("this identity is no public key".to_string()))?;
    let places = address.host_and_port().to_socket_addrs().map_err(|error| unreachable(error.to_string()))?;
    let endpoint = dials_from().map_err(unreachable)?;
    Ok(RemoteHost::iroh(places.fold(IrohHost::new(id).with_endpoint(endpoint), IrohHost::with_address)))
}

fn dials_from() -> Result<Endpoint, String> {
    let mut kept = DIALS_FROM.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((_, endpoint)) = &*kept {
        return Ok(endpoint.clone());
    }
    // Two threads: Burn blocks one, and waits for the other.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let endpoint = runtime.block_on(builder().bind()).map_err(|error| error.to_string())?;
    *kept = Some((runtime, endpoint.clone()));
    Ok(endpoint)
}

/// A socket that clients dial, on this address and no other.
pub(super) async fn listen(on: SocketAddr, identity: &Identity) -> Result<Endpoint, String> {
    let builder = builder()
        .secret_key(SecretKey::from_bytes(&identity.to_bytes()))
        .alpns(vec![BURN_REMOTE_ALPN.to_vec()])
        .clear_ip_transports()
        .bind_addr(on)
        .map_err(|error| error.to_string())?;
    builder.bind().await.map_err(|error| error.to_string())
}

fn builder() -> Builder {
    // Burn's own endpoints send no segmentation-offloaded batches either, because of an error in iroh 1.4 (iroh#4555).
    let quic = QuicTransportConfig::builder().enable_segmentation_offload(false).build();
    Endpoint::builder(presets::Minimal)
        .relay_mode(RelayMode::Disabled)
        .portmapper_config(PortmapperConfig::Disabled)
        .net_report_config(NetReportConfig::minimal())
        .transport_config(quic)
}
