//! A run as it was at its checkpoint, whether it has ended or not.

use std::path::Path;

use headlight_device::DeviceName;

use super::SavedRun;
use crate::files::Files;
use crate::layout::Layout;
use crate::{Checkpoint, RunError};

impl SavedRun {
    /// Reads the model in a checkpoint: a file `checkpoint.safetensors` in the directory of its run.
    ///
    /// # Errors
    ///
    /// When the file is missing or damaged, or the device does not open.
    pub fn open_checkpoint(file: &Path, device: Option<DeviceName>) -> Result<Self, RunError> {
        let run = file.parent().unwrap_or(Path::new(""));
        let files = Files::In(run);
        let bytes = files.read_listed(Layout::CHECKPOINT)?;
        let damaged = |damage| RunError::damaged(file, damage);
        let Checkpoint { mut config, state, .. } = Checkpoint::from_bytes(&bytes).map_err(damaged)?;
        config.check_size_of(&bytes).map_err(damaged)?;
        let pairs_error = config.load_pairs(files).err();
        let (device_name, device, device_error) = match device {
            Some(name) => {
                let device = name.open()?;
                (name, device, None)
            }
            None => match config.device.open_unasked() {
                Ok(device) => (config.device.first(), device, None),
                Err(error) => (DeviceName::default(), DeviceName::default().open()?, Some(error)),
            },
        };
        let model = state.model(config.transformer().init(&device))?;
        let (path, step) = (run.to_owned(), Some(state.step));
        Ok(Self { config, model, device, device_name, path, step, device_error, pairs_error })
    }
}
