use std::sync::OnceLock;

use headlight_device::DeviceError;

/// What a command can be asked otherwise where its device fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Otherwise {
    /// On another device, or for something smaller.
    DeviceOrSizes,
    /// On another device.
    Device,
    /// Nothing: a run that is gone on with keeps its device and its sizes.
    GoingOn,
    /// Nothing.
    Nothing,
}

static COMMAND: OnceLock<Otherwise> = OnceLock::new();

/// Keeps what the command of this process can be asked otherwise; a failure can come from anywhere in it.
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
            (_, DeviceError::Unknown(_)) | (Self::Nothing, _) => "",
            (Self::GoingOn, _) => "; a run goes on only where it began, for another device gives other bytes",
            (_, DeviceError::NotBuilt { .. } | DeviceError::NoAdapters) => ", or choose flex (--device)",
            (_, DeviceError::NoSuchAdapter { .. } | DeviceError::Limits { .. }) if error.names_adapters() => {
                ": choose one of these, or flex (--device)"
            }
            (_, DeviceError::NoSuchAdapter { .. } | DeviceError::Limits { .. } | DeviceError::Start { .. }) => {
                ": choose flex (--device)"
            }
        }
    }

    /// What to do where a device failed at its work.
    pub(super) fn than_a_device_that_failed(self, is_out_of_memory: bool) -> &'static str {
        match (self, is_out_of_memory) {
            (Self::DeviceOrSizes, true) => "choose a smaller batch, length or width, or --device flex",
            (Self::Device, true) => "choose --device flex",
            (Self::DeviceOrSizes | Self::Device, false) => "try again, or choose --device flex",
            (Self::GoingOn, true) => "give it more free memory and go on again; a run keeps its device and sizes",
            (Self::GoingOn, false) => "go on again; a run keeps its device",
            (Self::Nothing, true) => "try again with more of its memory free",
            (Self::Nothing, false) => "try again",
        }
    }
}
