//! The parameters that a run keeps on the way.

use headlight_model::parameters_to_safetensors;
use headlight_train::Training;

use super::RunDirectory;
use crate::RunError;
use crate::layout::Layout;
use crate::list::write_of_step;

impl RunDirectory {
    /// Keeps the parameters as they are now, as `parameters/step_000100.safetensors`: the file that `model.safetensors` would be, had the
    /// run ended here.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn keep_parameters(&self, training: &Training) -> Result<(), RunError> {
        let bytes = parameters_to_safetensors(&training.model())?;
        write_of_step(&self.path, &Layout::name_of_parameters(training.steps()), &bytes)
    }

    /// The same where a run ends that keeps parameters, and has not kept those of this step.
    pub(super) fn keep_last_parameters(&self, training: &Training) -> Result<(), RunError> {
        let every = self.config.keep_parameters_every;
        let is_missing = every > 0 && !training.steps().is_multiple_of(every);
        if is_missing { self.keep_parameters(training) } else { Ok(()) }
    }
}
