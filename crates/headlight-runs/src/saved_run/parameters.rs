//! A run as it was on the way.

use headlight_model::{Transformer, parameters_from_safetensors};

use super::SavedRun;
use crate::RunError;
use crate::files::Files;
use crate::layout::Layout;

impl SavedRun {
    /// The steps whose parameters the run kept, in order; none where `keep_parameters_every` was 0.
    ///
    /// # Errors
    ///
    /// When their directory cannot be read.
    pub fn kept_steps(&self) -> Result<Vec<usize>, RunError> {
        Ok(Layout::of(&self.path).kept_parameters()?.into_iter().map(|(step, _)| step).collect())
    }

    /// The model as it was after a step, on the run's device.
    ///
    /// # Errors
    ///
    /// When the run has not kept the parameters of this step, or their file is damaged.
    pub fn model_at(&self, step: usize) -> Result<Transformer, RunError> {
        let path = Layout::of(&self.path).parameters(step);
        let bytes = std::fs::read(&path).map_err(RunError::io(&path))?;
        Files::In(&self.path).check(&Layout::name_of_parameters(step), &bytes)?;
        self.config.check_size_of(&bytes).map_err(|damage| RunError::damaged(&path, damage))?;
        parameters_from_safetensors(self.config.transformer().init(&self.device), &bytes)
            .map_err(|error| RunError::damaged(&path, error))
    }
}
