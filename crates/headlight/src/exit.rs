//! How the program ends: 0, 1 for a failure, 2 for a wrong request, 75 if a retry may succeed, 130 for Ctrl-C.

#[cfg(feature = "remote")]
mod lost;
mod otherwise;
mod panic;

use std::borrow::Cow;
use std::path::Path;
use std::process::ExitCode;

use headlight_device::{DeviceError, RemoteError};
use headlight_lens::LensError;
use headlight_runs::{QuestionError, RunConfigError, RunError, Sweep};
use headlight_train::TrainError;

use crate::commands::{Leaking, WithoutOutcome};
use crate::interrupt::{self, Interrupted};
use crate::output::note;
use crate::try_again::{self, TryAgain};

#[cfg(feature = "remote")]
pub(crate) use self::lost::report_loss;
pub(crate) use self::otherwise::{Otherwise, remember};
pub(crate) use self::panic::report_panics_in_one_line;

/// The exit code, after one line on standard error where something went wrong.
pub(crate) fn code(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    if error.is::<Interrupted>() {
        return ExitCode::from(interrupt::EXIT_CODE);
    }
    if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS; // whoever read our output had enough
    }
    note(format_args!("headlight: {}{}", one_line(&error.to_string()), advice(&error)));
    if error.is::<TryAgain>() {
        return ExitCode::from(try_again::EXIT_CODE);
    }
    if is_failure(&error) { ExitCode::FAILURE } else { ExitCode::from(2) }
}

fn is_failure(error: &anyhow::Error) -> bool {
    if let Some(remote) = of_remote(error) {
        return remote.is_failure();
    }
    match error.downcast_ref::<RunError>() {
        Some(run) => run.is_failure(),
        None => {
            let is_our_own = error.is::<Leaking>() || error.is::<WithoutOutcome>();
            let does_not_add_up = matches!(error.downcast_ref(), Some(LensError::Sum { .. }));
            does_not_add_up || error.is::<std::io::Error>() || error.is::<ctrlc::Error>() || is_our_own
        }
    }
}

/// What to type, where the library that failed cannot know our flags.
fn advice(error: &anyhow::Error) -> Cow<'static, str> {
    if let Some(RunError::Damaged { path, source }) = error.downcast_ref::<RunError>()
        && source.is_damage()
    {
        return advice_on_damage(path).into();
    }
    advice_in_words(error).into()
}

fn advice_in_words(error: &anyhow::Error) -> &'static str {
    if let Some(RunConfigError::DeviceThreads { .. }) = error.downcast_ref::<RunConfigError>() {
        return " (--threads 1)";
    }
    if let Some(error) = error.downcast_ref::<QuestionError>() {
        return advice_on_a_question(error);
    }
    if let Some(device @ DeviceError::Remote(_)) = error.downcast_ref::<DeviceError>() {
        return otherwise::remembered().than_a_device_that_does_not_start(device);
    }
    match error.downcast_ref::<RunError>() {
        Some(RunError::NotEmpty { .. }) if otherwise::remembered() == Otherwise::RunOfASweep => {
            " for the sweep, or move away what is in this one"
        }
        Some(RunError::NotEmpty { .. }) => ", or replace the run in it with --force",
        Some(RunError::OtherPlan { .. }) => ", or replace the sweep in it with --force",
        Some(RunError::SamePlan { .. }) => {
            ": leave out --force to continue it, or remove the directory to train all of it anew"
        }
        Some(RunError::NoSweep { .. }) => "; begin one with 'headlight sweep recall --out DIR'",
        Some(RunError::Unfinished { .. }) => ": resume it with 'headlight train --resume DIR'",
        Some(RunError::Io { source, .. }) if source.kind() == std::io::ErrorKind::StorageFull => {
            ": free some space, then resume with 'headlight train --resume DIR'"
        }
        Some(RunError::NoRun { .. }) => "; train one with 'headlight train copy --out DIR'",
        Some(RunError::Diverged { .. }) => " (--learning-rate)",
        Some(RunError::Question(error)) => advice_on_a_question(error),
        Some(RunError::Config(RunConfigError::DeviceThreads { .. })) => " (--threads 1)",
        Some(RunError::Device(error)) => otherwise::remembered().than_a_device_that_does_not_start(error),
        Some(RunError::Train(TrainError::Device(_))) => ": try again",
        _ => "",
    }
}

/// How to come by a file again.
fn advice_on_damage(file: &Path) -> String {
    let Some(directory) = file.parent() else { return String::new() };
    // The list of files, too, is the sweep's own where it lies beside the plan.
    if Sweep::is_one(directory) {
        return "; restore it from a copy (--force would remove all runs)".to_string();
    }
    match directory.ancestors().skip(1).any(Sweep::is_one) {
        true => format!("; restore the file, or remove {} and try again", directory.display()),
        false => "; restore the file, or train again with --force".to_string(),
    }
}

/// What another machine's device was refused for, where no run was at hand.
fn of_remote(error: &anyhow::Error) -> Option<&RemoteError> {
    match error.downcast_ref::<DeviceError>() {
        Some(DeviceError::Remote(remote)) => Some(remote),
        _ => error.downcast_ref(),
    }
}

fn advice_on_a_question(error: &QuestionError) -> &'static str {
    match error {
        QuestionError::LearnedPositions { .. } => " (--positions)",
        QuestionError::InputPositions { .. } => " (--length)",
        _ => "",
    }
}

fn one_line(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace(char::is_control, "\u{fffd}") // what was typed may hold some, and a pipe gets none
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn a_leak_is_a_failure_and_no_wrong_request() {
        let error = Leaking { checks: 4, failed: 1 }.into();
        assert!(is_failure(&error));
        assert_eq!(format!("{error}{}", advice(&error)), "the model leaks: 1 of 4 checks failed");
    }

    #[test]
    fn only_a_training_whose_disk_is_full_is_told_to_resume() {
        let full = || Error::from(ErrorKind::StorageFull);
        let training = RunError::Io { path: PathBuf::from("run"), source: full() }.into();
        assert!(advice(&training).contains("--resume"));
        let export = crate::commands::failed(RunError::Io { path: PathBuf::from("m.onnx"), source: full() });
        assert_eq!(advice(&export), "");
        assert!(is_failure(&export) && export.to_string().starts_with("m.onnx: "), "{export}");
    }
}
