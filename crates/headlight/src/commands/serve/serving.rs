use std::net::SocketAddr;
use std::time::Duration;

use headlight_device::{DeviceName, Server, Transport};

use super::arguments::{ServeArguments, TransportName};
use super::identity::read_or_make;
use crate::commands::announce;
use crate::interrupt;
use crate::output::{note, say};
use crate::remote::read_token;

/// How soon Ctrl-C is heard.
const A_MOMENT: Duration = Duration::from_millis(200);

/// Serves until Ctrl-C, and says who comes.
pub(crate) fn serve(arguments: &ServeArguments) -> anyhow::Result<()> {
    let name = arguments.device.clone().unwrap_or_default();
    if matches!(name, DeviceName::Remote(_)) {
        anyhow::bail!("serve offers a device of this machine, and {name} is one of another");
    }
    let token = read_token(&arguments.token_file)?;
    let transport = match (arguments.transport, &arguments.identity_file) {
        (TransportName::Iroh, Some(file)) => Transport::Iroh(read_or_make(file)?),
        (TransportName::Websocket, Some(_)) => anyhow::bail!("--identity-file is for --transport iroh"),
        (_, None) => Transport::WebSocket, // clap has asked for the file of an identity
    };
    interrupt::watch()?;
    let listen = SocketAddr::new(arguments.listen, arguments.port);
    let server = Server::start(name.open()?, listen, &transport, &token)?;
    announce(&name);
    introduce(arguments, &name, server.address(), &transport)?;
    while !interrupt::is_asked() {
        if let Some(visit) = server.next(A_MOMENT)? {
            let what = if visit.is_admitted { "computes here" } else { "was refused: wrong token" };
            note(format_args!("{} {what}", visit.client));
        }
    }
    server.stop();
    say("Stopped.")
}

/// Says what is served where, to whom, and how they get there.
fn introduce(
    arguments: &ServeArguments,
    name: &DeviceName,
    address: SocketAddr,
    transport: &Transport,
) -> anyhow::Result<()> {
    let (token, port) = (arguments.token_file.display(), address.port());
    say(format_args!("Serving {name} on {address} to whoever has the token in {token}; Ctrl-C stops."))?;
    let inside = if address.ip().is_loopback() { address.to_string() } else { format!("127.0.0.1:{port}") };
    let tunnel = format!("ssh -N -L {port}:{inside} THIS-MACHINE");
    match (transport, address.ip().is_loopback()) {
        (Transport::WebSocket, true) => {
            say(format_args!("Another machine reaches it by '{tunnel}', then as --device remote:127.0.0.1:{port}"))
        }
        (Transport::WebSocket, false) => {
            note(format_args!(
                "warning: WebSocket is not encrypted: whoever can read the network's traffic has the token and the data; \
                 instead of --listen, take '{tunnel}' on the other machine, or --transport iroh"
            ));
            say(format_args!("Another machine reaches it as --device remote:HOST:{port}"))
        }
        (Transport::Iroh(identity), is_local) => {
            let host = if is_local { address.to_string() } else { format!("HOST:{port}") };
            let who = if is_local { "This machine" } else { "Another machine" };
            say(format_args!("{who} reaches it as --device remote:{}@{host}", identity.id()))
        }
    }
}
