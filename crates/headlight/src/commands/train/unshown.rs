//! One run of several, which is not shown while it trains.

use headlight_runs::{RunDirectory, RunError};
use headlight_train::Training;

use crate::interrupt;

/// Trains a run from its current step until it is done, or the user asks to stop.
pub(crate) fn train_until_stopped(run: &mut RunDirectory, training: &mut Training) -> Result<(), RunError> {
    run.keep_due(training)?;
    while !training.is_done() && !interrupt::is_asked() {
        run.step(training)?;
    }
    Ok(())
}
