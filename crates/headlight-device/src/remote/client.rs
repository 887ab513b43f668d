//! Reaching the devices of other machines, and noticing when one of them is gone.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use burn::remote::{ConnectError, RemoteHost};
use burn::tensor::Device;

use super::address::RemoteAddress;
use super::error::RemoteError;
use super::over_iroh;
use super::token::Token;

/// What this process may show to servers, and how long it waits for them.
struct Access {
    token: Option<Token>,
    deadline: Duration,
}

static ACCESS: Mutex<Access> = Mutex::new(Access { token: None, deadline: Duration::from_secs(60) });

/// The devices opened so far: Burn keeps a session with each to the end of the process.
static OPEN: Mutex<Vec<(RemoteAddress, Device)>> = Mutex::new(Vec::new());

/// Devices that are gone or silent, from the threads that watch them.
static LOSSES: LazyLock<(Sender<RemoteError>, Mutex<Receiver<RemoteError>>)> = LazyLock::new(|| {
    let (sender, receiver) = channel();
    (sender, Mutex::new(receiver))
});

/// From one look at an open device to the next. A look waits for all that the device was given before, so that looking all the time
/// would keep it from being given more.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a machine may take to say that it is there, whatever it then computes.
const KNOCK: Duration = Duration::from_secs(10);

/// From now on this process shows this token to servers, and calls one silent that has not worked off what it was given, or not
/// answered, for as long as `deadline`. Of a process and not of a device's name, which is written into files.
pub fn allow_remote(token: Option<Token>, deadline: Duration) {
    *locked(&ACCESS) = Access { token, deadline };
}

/// Opens the device of a server, or hands it out where that was done before.
pub(crate) fn open(address: &RemoteAddress) -> Result<Device, RemoteError> {
    let mut opened = locked(&OPEN);
    if let Some((_, device)) = opened.iter().find(|(known, _)| known == address) {
        return Ok(device.clone());
    }
    let (token, deadline) = {
        let access = locked(&ACCESS);
        (access.token.clone(), access.deadline)
    };
    let token = token.ok_or_else(|| RemoteError::NoToken { address: address.clone() })?;
    let silent = || RemoteError::Silent { address: address.clone(), seconds: deadline.as_secs() };
    let device = {
        let address = address.clone();
        within(deadline, move || connect(&address, &token, deadline)).ok_or_else(silent)??
    };
    watch(address.clone(), device.clone(), deadline);
    opened.push((address.clone(), device.clone()));
    Ok(device)
}

/// Whether a device of another machine was opened.
pub fn uses_remote() -> bool {
    !locked(&OPEN).is_empty()
}

/// Waits until an open device is gone or silent, and says which. Burn itself panics in the next read of one that is gone, and waits
/// without end for one that is silent.
pub fn wait_for_loss() -> RemoteError {
    let (_sender, losses) = &*LOSSES;
    locked(losses).recv().expect("the sender lives as long as the process")
}

/// Has a device watched to its loss. Each has a thread of its own, so that a slow one does not keep the loss of another from being seen.
fn watch(address: RemoteAddress, device: Device, deadline: Duration) {
    let (ask, asked) = channel::<Sender<bool>>();
    // The last wait for a device may never end, so that the thread which counts the seconds is another.
    thread::spawn(move || {
        for answer in asked {
            let _ = answer.send(device.sync().is_ok()); // nobody waits any more
        }
    });
    thread::spawn(move || {
        let loss = loop {
            thread::sleep(PAUSE);
            let (answer, answered) = channel();
            let _ = ask.send(answer); // a thread that is gone drops it, which is an answer too
            match answered.recv_timeout(deadline) {
                Ok(true) => {}
                Err(RecvTimeoutError::Timeout) => break RemoteError::Silent { address, seconds: deadline.as_secs() },
                Ok(false) | Err(RecvTimeoutError::Disconnected) => break RemoteError::Lost { address },
            }
        };
        let _ = LOSSES.0.send(loss); // its receiver lives as long as the process
    });
}

fn connect(address: &RemoteAddress, token: &Token, deadline: Duration) -> Result<Device, RemoteError> {
    let host = match address.identity() {
        Some(identity) => over_iroh::host(address, identity)?,
        None => {
            // Burn tries for a quarter of a minute, in case the server is still starting.
            knock(address, deadline.min(KNOCK))?;
            RemoteHost::websocket(&format!("ws://{}", address.host_and_port()))
        }
    };
    let host = host.with_credential(token.as_str());
    Device::remote_options(&host).init().map_err(|error| named(error, address))
}

/// Says at once where there is no server.
fn knock(address: &RemoteAddress, limit: Duration) -> Result<(), RemoteError> {
    let mut failed = None;
    for place in address.host_and_port().to_socket_addrs().map_err(|error| unreachable(address, &error))? {
        match TcpStream::connect_timeout(&place, limit) {
            Ok(_) => return Ok(()),
            Err(error) => failed = Some(error),
        }
    }
    let error = failed.unwrap_or_else(|| std::io::ErrorKind::AddrNotAvailable.into());
    Err(unreachable(address, &error))
}

/// Without the number that the system has for it.
fn unreachable(address: &RemoteAddress, error: &std::io::Error) -> RemoteError {
    let reason = error.to_string();
    let reason = reason.split(" (os error").next().unwrap_or_default().to_string();
    RemoteError::Unreachable { address: address.clone(), reason }
}

fn named(error: ConnectError, address: &RemoteAddress) -> RemoteError {
    let address = address.clone();
    match error {
        ConnectError::Unauthorized => RemoteError::Refused { address },
        ConnectError::IncompatibleProtocol { client_version, server_version } => {
            RemoteError::Version { address, here: client_version, there: server_version }
        }
        other => RemoteError::Unreachable { address, reason: other.to_string() },
    }
}

/// What some work gives, if it ends in time; its thread is left alone where it does not.
fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, result) = channel();
    thread::spawn(move || done.send(work()));
    result.recv_timeout(limit).ok()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_another_version_is_named() {
        let address: RemoteAddress = "gpu:3000".parse().expect("an address");
        let error = ConnectError::IncompatibleProtocol { client_version: 2, server_version: 3 };
        let text = named(error, &address).to_string();
        assert!(text.starts_with("the server at gpu:3000 speaks version 3 of Burn's remote protocol"), "{text}");
        assert!(text.contains("this build version 2"), "{text}");
    }

    #[test]
    fn work_without_an_end_is_left_alone() {
        assert_eq!(within(Duration::from_secs(60), || 7), Some(7));
        assert_eq!(within(Duration::from_millis(1), || thread::sleep(Duration::from_secs(60))), None);
    }
}
