//! One run of a sweep, from wherever it stands to its outcome: what every engine calls, as often as need be.

use std::path::Path;
use std::time::Duration;

use headlight_runs::{ReadyRun, RunDirectory, RunError, RunResult, RunState, SweepRun};
use headlight_train::Training;

use crate::commands::train::train_until_stopped;
use crate::interrupt::{self, Interrupted};
use crate::try_again::TryAgain;

/// Who may stop the run, besides Ctrl-C.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stops {
    /// Nobody.
    ByNobody,
    /// Whoever holds the other end of standard input, by closing it.
    AtEndOfInput,
}

/// What to do while another process trains the run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IfInUse {
    /// To leave the run to it.
    Leave,
    /// To wait for its end.
    Wait,
}

/// From one look to the next at a run that another process trains.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Trains a run of a sweep, unless it has an outcome, and says how it ended.
pub(super) fn train_one(sweep: &Path, number: usize, stops: Stops, if_in_use: IfInUse) -> anyhow::Result<String> {
    interrupt::watch()?;
    if stops == Stops::AtEndOfInput {
        interrupt::watch_input();
    }
    let run = SweepRun::open(sweep, number).map_err(may_help)?;
    let outcome = loop {
        if let Some(outcome) = run.outcome() {
            break Some(outcome);
        }
        match train(&run) {
            Err(RunError::InUse { .. }) if if_in_use == IfInUse::Wait && !interrupt::is_asked() => {
                interrupt::sleep(BETWEEN_LOOKS);
            }
            trained => break trained.map_err(may_help)?,
        }
    };
    let outcome = outcome.ok_or(Interrupted)?;
    Ok(format!("run {number} ({}): {}", run.planned(), in_words(&outcome)))
}

/// The outcome, or `None` if it was stopped.
fn train(run: &SweepRun) -> Result<Option<RunState>, RunError> {
    let (mut directory, mut training) = match run.ready()? {
        ReadyRun::Ended(result) => return Ok(Some(RunState::Ended(result))),
        ReadyRun::Open(open) => *open,
    };
    match to_the_end(&mut directory, &mut training) {
        Ok(Some(result)) => {
            directory.write_result(&result)?;
            Ok(Some(RunState::Ended(result)))
        }
        Ok(None) => {
            directory.save_checkpoint(&training)?;
            Ok(None)
        }
        // It would diverge each time.
        Err(RunError::Diverged { divergence, .. }) => {
            directory.write_failure(&divergence)?;
            Ok(Some(RunState::Diverged(divergence.to_string())))
        }
        Err(error) => Err(error),
    }
}

fn to_the_end(directory: &mut RunDirectory, training: &mut Training) -> Result<Option<RunResult>, RunError> {
    train_until_stopped(directory, training)?;
    // Without pictures: nobody looks at those of a thousand runs, and 'headlight plot' draws them of any.
    if training.is_done() { Ok(Some(directory.finish_model(training)?.0)) } else { Ok(None) }
}

/// Marks an error after which the same request may succeed.
fn may_help(error: RunError) -> anyhow::Error {
    let is_temporary = matches!(error, RunError::InUse { .. }) || error.is_failure();
    if is_temporary { TryAgain(error.to_string()).into() } else { error.into() }
}

fn in_words(state: &RunState) -> String {
    match state {
        RunState::Ended(RunResult { solved, steps, train_seconds, .. }) => {
            let solved = if *solved { "solved" } else { "not solved" };
            format!("{solved} after {steps} steps in {train_seconds:.1} s")
        }
        RunState::Diverged(reason) => format!("diverged: {reason}"),
        RunState::Begun { step } => format!("stopped at step {step}"),
        RunState::Waiting => "not begun".to_string(),
    }
}
