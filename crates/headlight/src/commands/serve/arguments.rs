use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use headlight_device::DeviceName;

#[derive(Args)]
pub(crate) struct ServeArguments {
    /// Device to serve: flex, ndarray, wgpu, or one of wgpu's adapters [default: flex]
    #[arg(long, value_name = "NAME")]
    pub(super) device: Option<DeviceName>,
    /// Port to listen on; 0 picks a free port
    #[arg(long, default_value = "3000")]
    pub(super) port: u16,
    /// File with the token, one line of at least 16 characters: whoever has it can compute on the device
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: PathBuf,
    /// Address to listen on; 127.0.0.1 accepts connections from this machine alone, 0.0.0.0 from any
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(super) listen: IpAddr,
    /// How clients reach it
    #[arg(long, value_enum, default_value = "websocket")]
    pub(super) transport: TransportName,
    /// With --transport iroh: file with the server's private key, created if missing
    #[arg(long, value_name = "FILE", required_if_eq("transport", "iroh"))]
    pub(super) identity_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TransportName {
    /// Over TCP, not encrypted: for ssh -L, or a network where nobody else listens
    Websocket,
    /// Over UDP, encrypted; no public servers are used
    Iroh,
}
