//! How the program ends: 0, 1 for a failure, 2 for a wrong request, 130 for Ctrl-C.

use std::process::ExitCode;

use headlight_model::DeviceError;
use headlight_plot::PlotError;
use headlight_train::TrainError;

use crate::interrupt::{self, Interrupted};
use crate::output::note;

/// wgpu's messages can be pages long; what matters comes first.
const MAX_REASON: usize = 300;

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
    if is_failure(&error) { ExitCode::FAILURE } else { ExitCode::from(2) }
}

/// A panic is a bug of ours, but for what a graphics card can do at any moment; a backtrace helps nobody who meets one.
pub(crate) fn report_panics_in_one_line() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        note(format_args!("headlight: {}", of_panic(message, &place)));
        std::process::exit(1);
    }));
}

/// Burn has no other way than a panic to say that a card is lost or out of memory: it comes from wgpu and the crates above it, or
/// from the place where we read a tensor back.
fn of_panic(message: &str, place: &str) -> String {
    let crates = ["wgpu-", "cubecl-"];
    let is_read = message.starts_with("Error while reading data") || message.starts_with("Failed to read tensor data");
    let message = one_line(message);
    if !is_read && !crates.iter().any(|name| place.contains(name)) {
        return format!("a bug in Headlight, please report it: {message} ({place})");
    }
    let lower = message.to_lowercase();
    let advice = if ["memory", "too large", "exceeds"].iter().any(|word| lower.contains(word)) {
        "choose a smaller batch, length or width, or --device flex"
    } else {
        "try again, or choose --device flex"
    };
    let reason: String = message.chars().take(MAX_REASON).collect();
    format!("the wgpu device failed: {reason}: {advice}")
}

fn is_failure(error: &anyhow::Error) -> bool {
    match (error.downcast_ref::<TrainError>(), error.downcast_ref::<PlotError>()) {
        (Some(train), _) => train.is_failure(),
        (_, Some(plot)) => matches!(plot, PlotError::Io { .. }),
        _ => error.is::<std::io::Error>() || error.is::<ctrlc::Error>(),
    }
}

/// What to type, where the library that failed cannot know our flags.
fn advice(error: &anyhow::Error) -> &'static str {
    match error.downcast_ref::<TrainError>() {
        Some(TrainError::NotEmpty { .. }) => ", or replace the run in it with --force",
        Some(TrainError::Unfinished { .. }) => ": go on with it with 'headlight train --resume DIR'",
        Some(TrainError::Io { source, .. }) if source.kind() == std::io::ErrorKind::StorageFull => {
            ": make room, then go on with 'headlight train --resume DIR'"
        }
        Some(TrainError::NoRun { .. }) => "; make a run with 'headlight train copy --out DIR'",
        Some(TrainError::Diverged { .. }) => " (--learning-rate)",
        Some(TrainError::DeviceThreads { .. }) => " (--threads 1)",
        Some(TrainError::Device(DeviceError::Unknown(_))) => "",
        Some(TrainError::Device(_)) => " (--device)",
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
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn a_card_that_fails_is_no_bug_of_ours() {
        let crates = "/home/me/.cargo/registry/src/index/";
        for (message, place, expected) in [
            (
                "wgpu error: Out of Memory",
                "cubecl-wgpu-0.11.3/src/compute/device_poison.rs:48:17",
                "choose a smaller batch",
            ),
            (
                "wgpu error: Validation Error\n\nBuffer size 9 exceeds",
                "wgpu-30.0.1/src/backend/wgpu_core.rs:1",
                "smaller batch",
            ),
            (
                "Error while reading data: DevicePoisoned(Unknown: lost)",
                "src/step.rs:57:60",
                "lost): try again, or choose",
            ),
        ] {
            let line = of_panic(message, &format!("{crates}{place}"));
            assert!(line.starts_with("the wgpu device failed: ") && line.contains(expected), "{line}");
            assert!(line.ends_with("or --device flex") || line.ends_with("choose --device flex"), "{line}");
            assert!(!line.contains('\n') && !line.contains("bug"), "{line}");
        }
        assert!(of_panic(&"x".repeat(10_000), "cubecl-core-0.11.3/src/lib.rs:1").len() < 500);
        let bug = of_panic("index out of bounds", "crates/headlight-model/src/device/wgpu.rs:9:9");
        assert!(bug.starts_with("a bug in Headlight, please report it: index out of bounds (crates/"), "{bug}");
    }

    #[test]
    fn only_a_training_that_ran_out_of_room_is_told_to_go_on() {
        let full = || Error::from(ErrorKind::StorageFull);
        let training = TrainError::Io { path: PathBuf::from("run"), source: full() }.into();
        assert!(advice(&training).contains("--resume"));
        let export = crate::commands::failed(Path::new("m.onnx"))(full()).into();
        assert_eq!(advice(&export), "");
        assert!(is_failure(&export) && export.to_string().starts_with("m.onnx: "), "{export}");
    }
}
