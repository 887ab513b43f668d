//! Serving this machine's device to others.

use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use burn::server::{
    AuthorizationRequest, BURN_REMOTE_ALPN, ClientId, PeerAuthorizer, RemoteServer, ServeError, TokenAuthorizer,
    WebSocketTransport,
};
use burn::tensor::Device;
use iroh::protocol::Router;
use tokio::runtime::Runtime;

use super::error::RemoteError;
use super::over_iroh::{self, Identity};
use super::token::Token;

/// How clients reach a server.
#[derive(Clone, Debug)]
pub enum Transport {
    /// Over TCP, readable by whoever can read the network's traffic.
    WebSocket,
    /// Over QUIC, encrypted, as the server of this identity.
    Iroh(Identity),
}

/// A client that asked for the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The client's address, or its public key over iroh.
    pub client: String,
    /// Whether it had the token.
    pub is_admitted: bool,
}

/// A device that is being served, until it is [stopped](Self::stop).
pub struct Server {
    runtime: Runtime,
    router: Option<Router>,
    address: SocketAddr,
    events: Receiver<Event>,
}

enum Event {
    Visit(Visit),
    Ended(Result<(), ServeError>),
}

/// What ends a session may take; Burn's own threads are left alone after that.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl Server {
    /// Serves a device to whoever has the token, at this address and no other.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on, or the device not be served.
    pub fn start(
        device: Device,
        listen: SocketAddr,
        transport: &Transport,
        token: &Token,
    ) -> Result<Self, RemoteError> {
        let failed = |reason: String| RemoteError::Server { reason };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(error.to_string()))?;
        let (sender, events) = channel();
        let server = RemoteServer::new([device]).with_authorizer(doorkeeper(token, sender.clone())?);
        let cannot_listen = |reason: String| RemoteError::Listen { listen, reason };
        let (router, address) = match transport {
            Transport::WebSocket => {
                // Burn's own way to open a port would listen on every interface.
                let listener = TcpListener::bind(listen).map_err(|error| cannot_listen(error.kind().to_string()))?;
                let address = listener.local_addr().map_err(|error| cannot_listen(error.kind().to_string()))?;
                let serving = server.serve_async(WebSocketTransport::from_listener(listener));
                runtime.spawn(async move {
                    let _ = sender.send(Event::Ended(serving.await)); // nobody listens to a server that is stopped
                });
                (None, address)
            }
            Transport::Iroh(identity) => {
                let endpoint = runtime.block_on(over_iroh::listen(listen, identity)).map_err(cannot_listen)?;
                let address = endpoint.bound_sockets().first().copied().unwrap_or(listen);
                let _inside = runtime.enter();
                let protocol = server.into_protocol(&endpoint).map_err(|error| failed(error.to_string()))?;
                (Some(Router::builder(endpoint).accept(BURN_REMOTE_ALPN, protocol).spawn()), address)
            }
        };
        Ok(Self { runtime, router, address, events })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next client, if one comes within this time.
    ///
    /// # Errors
    ///
    /// When the server has ended by itself.
    pub fn next(&self, wait: Duration) -> Result<Option<Visit>, RemoteError> {
        let ended = |reason: String| Err(RemoteError::Server { reason });
        match self.events.recv_timeout(wait) {
            Ok(Event::Visit(visit)) => Ok(Some(visit)),
            Ok(Event::Ended(Err(error))) => ended(error.to_string()),
            Ok(Event::Ended(Ok(()))) | Err(RecvTimeoutError::Disconnected) => ended("it ended".to_string()),
            Err(RecvTimeoutError::Timeout) => Ok(None),
        }
    }

    /// Ends the sessions of all clients.
    pub fn stop(self) {
        if let Some(router) = self.router {
            let _ = self.runtime.block_on(async { tokio::time::timeout(LAST_WORDS, router.shutdown()).await });
        }
        self.runtime.shutdown_timeout(LAST_WORDS);
    }
}

/// Lets in whoever has the token, and says who came.
fn doorkeeper(token: &Token, visits: Sender<Event>) -> Result<impl PeerAuthorizer + use<>, RemoteError> {
    let knows =
        TokenAuthorizer::new(token.as_str()).map_err(|error| RemoteError::Server { reason: error.to_string() })?;
    Ok(move |request: AuthorizationRequest<'_>| {
        let client = match request.client {
            ClientId::WebSocket(address) => address.to_string(),
            ClientId::Iroh(id) => id.to_string(),
        };
        let verdict = knows.authorize(request);
        let _ = visits.send(Event::Visit(Visit { client, is_admitted: verdict.is_ok() }));
        verdict
    })
}
