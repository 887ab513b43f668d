use std::path::Path;

use clap::Args;
use headlight_model::DeviceName;
use headlight_train::SavedRun;

use crate::output::note;

/// What a saved run is computed on.
#[derive(Args, Clone)]
pub(crate) struct DeviceArgument {
    /// What to compute on: flex, ndarray, wgpu, or one of wgpu's adapters [default: what the run was trained on]
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<DeviceName>,
}

impl DeviceArgument {
    /// The run on the device that was asked for; where none was, on its own, or with a note on the default one.
    pub(crate) fn open(&self, run: &Path) -> anyhow::Result<SavedRun> {
        if let Some(device) = self.device {
            return Ok(SavedRun::open_on(run, device)?);
        }
        let run = SavedRun::open(run)?;
        if run.device_name != run.config.device {
            note(format_args!(
                "note: the run was trained on {}, which is not to be had here, so this is computed on {}",
                run.config.device, run.device_name
            ));
        }
        Ok(run)
    }
}
