use std::path::Path;

use clap::Args;
use headlight_device::{AdapterKind, DeviceError, DeviceName, RemoteError, WgpuAdapter};
use headlight_record::AttentionRecord;
use headlight_runs::SavedRun;

use crate::output::note;

/// What a saved run is computed on.
#[derive(Args, Clone)]
pub(crate) struct DeviceArgument {
    /// Device to compute on: flex, ndarray, wgpu, one of wgpu's adapters, or another machine's, remote:HOST:PORT with --token-file FILE
    /// [default: the one the run was trained on]
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<DeviceName>,
}

impl DeviceArgument {
    /// The run on the device that was asked for; where none was, on its own, or with a note on the default one.
    pub(crate) fn open(&self, run: &Path) -> anyhow::Result<SavedRun> {
        Ok(opened(match self.device.clone() {
            Some(device) => SavedRun::open_on(run, device)?,
            None => SavedRun::open(run)?,
        }))
    }

    /// The same of a run as it was at its checkpoint.
    pub(crate) fn open_checkpoint(&self, file: &Path) -> anyhow::Result<SavedRun> {
        Ok(opened(SavedRun::open_checkpoint(file, self.device.clone())?))
    }

    /// What a run attends to on a question; without one, what it recorded, computed anew where a device was asked for.
    pub(crate) fn records(&self, run: &Path, question: Option<&str>) -> anyhow::Result<Vec<AttentionRecord>> {
        Ok(match question {
            Some(question) => self.open(run)?.records_on(question)?,
            None if self.device.is_some() => self.open(run)?.records_anew()?,
            None => read_run(run)?.records()?,
        })
    }
}

/// Says what the run is computed on, where that is not as one would think.
fn opened(run: SavedRun) -> SavedRun {
    if let Some(error) = run.device_error() {
        let (trained_on, device) = (&run.config.device, &run.device_name);
        let option = if matches!(error, DeviceError::Remote(RemoteError::NotAsked)) { " (--device)" } else { "" };
        note(format_args!(
            "note: the run was trained on {trained_on}, but this is computed on {device}: {error}{option}"
        ));
    }
    announce(&run.device_name);
    run
}

/// A run for whatever needs no computing. It is read onto the default device: that of the run may be a graphics card, which need
/// not be there or in order for that.
pub(crate) fn read_run(run: &Path) -> anyhow::Result<SavedRun> {
    Ok(SavedRun::open_on(run, DeviceName::default())?)
}

/// Says of a device on wgpu which adapter computes, and why nothing seems to happen at first.
pub(crate) fn announce(device: &DeviceName) {
    let Some(adapter) = device.adapter() else { return };
    let (name, api) = (&adapter.name, &adapter.api);
    let (fastest, default) = (DeviceName::Wgpu(WgpuAdapter::Fastest), DeviceName::default());
    if adapter.kind == AdapterKind::Cpu && *device == fastest && *device != default {
        note(format_args!(
            "note: {name} is not a graphics card but this machine's processor, on which {default} is much faster"
        ));
    }
    // wgpu compiles a shader when it is first needed, most of them in the first step.
    note(format_args!("Computing on {name} ({api}); compiling its shaders first can take a minute."));
}
