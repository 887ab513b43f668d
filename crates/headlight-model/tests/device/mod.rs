//! The device that these tests compute on.

#[path = "../at_end/mod.rs"]
mod at_end;

use std::env::VarError;

use burn::tensor::Device;
use headlight_device::DeviceName;

/// The device that `BURN_DEVICE` names, opened as `--device` would, so that the tests of wgpu are on Headlight's adapter and not on
/// Burn's choice; without the variable Headlight's default.
pub fn device() -> Device {
    let name = match std::env::var("BURN_DEVICE") {
        Ok(name) => name.parse().unwrap_or_else(|error| panic!("BURN_DEVICE: {error}")),
        Err(VarError::NotPresent) => DeviceName::default(),
        Err(error) => panic!("BURN_DEVICE: {error}"),
    };
    let device = name.open().unwrap_or_else(|error| panic!("BURN_DEVICE asks for {name}: {error}"));
    at_end::wait_at_end();
    device
}
