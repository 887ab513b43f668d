use std::sync::OnceLock;

use headlight_device::{DeviceError, RemoteError};

use crate::try_again;

/// What the user can ask for instead, where a command's device fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Otherwise {
    /// Another device, or something smaller.
    DeviceOrSizes,
    /// Another device.
    Device,
    /// Nothing: a resumed run keeps its device and its sizes.
    Resuming,
    /// Nothing: the plan says what its device and sizes are. Whoever started the run may start it again.
    RunOfASweep,
    /// Nothing: one client's trouble is not the others'.
    Serving,
    /// Nothing.
    Nothing,
}

static COMMAND: OnceLock<Otherwise> = OnceLock::new();

/// Keeps what can be asked for instead of the command of this process; a failure can come from anywhere in it.
pub(crate) fn remember(otherwise: Otherwise) {
    let _ = COMMAND.set(otherwise); // there is one command a process
}

pub(super) fn remembered() -> Otherwise {
    COMMAND.get().copied().unwrap_or(Otherwise::Nothing)
}

impl Otherwise {
    /// What to choose behind the reason why a device does not start.
    pub(super) fn than_a_device_that_does_not_start(self, error: &DeviceError) -> &'static str {
        match (self, error) {
            (Self::Serving, _) => "",
            (_, DeviceError::Remote(RemoteError::NoToken { .. })) => " (--token-file, or the variable HEADLIGHT_TOKEN)",
            (_, DeviceError::Remote(error)) if !error.is_failure() => "",
            (_, DeviceError::Remote(RemoteError::Silent { .. })) => " (--remote-timeout)",
            (Self::Resuming | Self::RunOfASweep, DeviceError::Remote(_)) => {
                ": start it with 'headlight serve', and resume again"
            }
            (_, DeviceError::Remote(_)) => ": start it with 'headlight serve', or choose flex (--device)",
            (_, DeviceError::Unknown(_)) | (Self::Nothing, _) => "",
            (Self::Resuming | Self::RunOfASweep, _) => {
                "; a run can only be resumed on the device that it was started on, since another computes slightly different numbers"
            }
            (_, DeviceError::NotBuilt { .. } | DeviceError::NoAdapters) => ", or choose flex (--device)",
            (_, DeviceError::NoSuchAdapter { .. } | DeviceError::Limits { .. }) if error.names_adapters() => {
                ": choose one of these, or flex (--device)"
            }
            (_, DeviceError::NoSuchAdapter { .. } | DeviceError::Limits { .. } | DeviceError::Start { .. }) => {
                ": choose flex (--device)"
            }
        }
    }

    /// What to do where the device of another machine was lost.
    #[cfg(feature = "remote")]
    pub(super) fn than_a_device_that_is_lost(self) -> &'static str {
        match self {
            Self::DeviceOrSizes | Self::Resuming => {
                "; a run keeps its last checkpoint: when the device is back, resume with 'headlight train --resume DIR'"
            }
            Self::RunOfASweep => "; when the device is back, the same command resumes from the last checkpoint",
            Self::Device | Self::Nothing | Self::Serving => ": once it is served again, try again",
        }
    }

    /// The exit code where a device failed at its work, or is lost.
    pub(super) fn exit_code(self) -> i32 {
        if self == Self::RunOfASweep { i32::from(try_again::EXIT_CODE) } else { 1 }
    }

    /// What to do where a device failed at its work.
    pub(super) fn than_a_device_that_failed(self, is_out_of_memory: bool) -> &'static str {
        match (self, is_out_of_memory) {
            (Self::DeviceOrSizes, true) => "choose a smaller batch, length or width, or --device flex",
            (Self::Device, true) => "choose --device flex",
            (Self::DeviceOrSizes | Self::Device, false) => "try again, or choose --device flex",
            (Self::Resuming, true) => "free some of its memory and resume again; a run keeps its device and sizes",
            (Self::Resuming, false) => "resume again; a run keeps its device",
            (Self::Nothing | Self::RunOfASweep | Self::Serving, true) => "free some of its memory and try again",
            (Self::Nothing | Self::RunOfASweep | Self::Serving, false) => "try again",
        }
    }
}
