use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use headlight_device::RemoteError;

use super::otherwise::remembered;
use crate::output::note;

/// Burn's crates between a tensor and the network.
const CRATES: [&str; 3] = ["burn-remote-", "burn-router-", "burn-communication-"];

/// How soon a lost device is noticed, and more.
const NOTICED: Duration = Duration::from_secs(5);

static IS_SAID: AtomicBool = AtomicBool::new(false);

/// Ends the program: a device on which it computes is lost. What it has written stays, as if it had been killed.
pub(crate) fn report_loss(error: &RemoteError) -> ! {
    if !IS_SAID.swap(true, Ordering::SeqCst) {
        note(format_args!("headlight: {error}{}", remembered().than_a_device_that_is_lost()));
    }
    std::process::exit(remembered().exit_code());
}

/// A panic may come of a lost device, for which Burn has no other way: then whoever watches the device says so in a moment, and this
/// does not return.
pub(super) fn wait_for_report(is_read: bool, location: &str) {
    let mut folders = location.split(['/', '\\']);
    let is_of_network = folders.any(|folder| CRATES.iter().any(|name| folder.starts_with(name)));
    if (is_read || is_of_network) && headlight_device::uses_remote() {
        std::thread::sleep(NOTICED);
    }
}
