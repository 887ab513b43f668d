use super::one_line;
use super::otherwise::{Otherwise, remembered};
use crate::output::note;

/// wgpu's messages can be pages long; what matters comes first.
const MAX_REASON: usize = 300;

/// Crates that compute on a graphics card, as they are named in a path: wgpu, its shader compiler, and what Burn has above it.
const CRATES_OF_WGPU: [&str; 7] = ["wgpu-", "naga-", "cubecl-", "cubek-", "burn-cubecl-", "burn-fusion-", "burn-wgpu-"];

/// How Burn's panics begin where a tensor cannot be read back; their location is Headlight's, since Burn says who asked.
const READS_OF_BURN: [&str; 2] = ["Error while reading data: ", "Failed to read tensor data"];

/// A panic is a bug in Headlight, except for what a graphics card can do at any moment; a backtrace does not help whoever meets one.
pub(crate) fn report_panics_in_one_line() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        if remembered() == Otherwise::Serving {
            // Burn ends the session in which it was, and no other. What a stranger sent may be long.
            let reason: String = one_line(message).chars().take(MAX_REASON).collect();
            return note(format_args!("headlight: a connection failed: {reason}"));
        }
        #[cfg(feature = "remote")]
        super::lost::wait_for_report(is_read(message), &location);
        let (code, line) = of_panic(message, &location, remembered());
        note(format_args!("headlight: {line}"));
        std::process::exit(code);
    }));
}

fn is_read(message: &str) -> bool {
    READS_OF_BURN.iter().any(|start| message.starts_with(start))
}

/// The exit code and the line. Burn has no other way than a panic to say that a card is lost or out of memory: it comes from wgpu and the crates above it, or
/// from where a tensor is read back.
fn of_panic(message: &str, location: &str, otherwise: Otherwise) -> (i32, String) {
    let is_read = is_read(message);
    let message = one_line(message);
    let folders = || location.split(['/', '\\']);
    let is_of_wgpu = CRATES_OF_WGPU.iter().any(|name| folders().any(|folder| folder.starts_with(name)));
    if !is_read && !is_of_wgpu {
        return (1, format!("a bug in Headlight, please report it: {message} ({location})"));
    }
    let lower = message.to_lowercase();
    let is_out_of_memory = ["memory", "too large", "exceeds"].iter().any(|word| lower.contains(word));
    let reason = message.trim_start_matches("called `Result::unwrap()` on an `Err` value: ");
    let reason: String = reason.chars().take(MAX_REASON).collect();
    let line = format!("the wgpu device failed: {reason}: {}", otherwise.than_a_device_that_failed(is_out_of_memory));
    (otherwise.exit_code(), line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_fails_is_no_bug_of_ours() {
        let crates = "/home/me/.cargo/registry/src/index/";
        for (message, location, expected) in [
            (
                "wgpu error: Out of Memory",
                "cubecl-wgpu-0.11.3/src/compute/device_poison.rs:48:17",
                "wgpu error: Out of Memory: choose a smaller batch, length or width, or --device flex",
            ),
            (
                "wgpu error: Validation Error\n\nBuffer size 9 exceeds",
                "wgpu-30.0.1/src/backend/wgpu_core.rs:1",
                "wgpu error: Validation Error Buffer size 9 exceeds: choose a smaller batch, length or width, or --device flex",
            ),
            (
                "Error while reading data: DevicePoisoned(Unknown: lost)",
                "src/step.rs:57:60",
                "Error while reading data: DevicePoisoned(Unknown: lost): try again, or choose --device flex",
            ),
            (
                "called `Result::unwrap()` on an `Err` value: BadAccess",
                "wgpu-hal-30.0.1/src/gles/egl.rs:184:14",
                "BadAccess: try again, or choose --device flex",
            ),
            ("no such kernel", "cubek-matmul-0.2.0/src/a.rs:1:1", "no such kernel: try again, or choose --device flex"),
            ("a lost handle", "burn-fusion-0.22.1/src/a.rs:1:1", "a lost handle: try again, or choose --device flex"),
        ] {
            let ended = of_panic(message, &format!("{crates}{location}"), Otherwise::DeviceOrSizes);
            assert_eq!(ended, (1, format!("the wgpu device failed: {expected}")));
        }
        let (_, long) = of_panic(&"x".repeat(10_000), "cubecl-core-0.11.3/src/lib.rs:1", Otherwise::Nothing);
        assert!(long.len() < 500);
        for ours in
            ["crates/headlight-model/src/device/wgpu.rs:9:9", "/home/my-wgpu-try/crates/headlight/src/main.rs:1"]
        {
            let bug = of_panic("index out of bounds", ours, Otherwise::DeviceOrSizes);
            assert_eq!(bug, (1, format!("a bug in Headlight, please report it: index out of bounds ({ours})")));
        }
    }

    #[test]
    fn nobody_is_told_to_choose_what_the_command_does_not_take() {
        let location = "wgpu-30.0.1/src/backend/wgpu_core.rs:1";
        for message in ["wgpu error: Out of Memory", "wgpu error: lost"] {
            let line = |otherwise| of_panic(message, location, otherwise).1;
            assert!(line(Otherwise::Device).ends_with("choose --device flex"));
            assert!(!line(Otherwise::Device).contains("batch"));
            assert_eq!(of_panic(message, location, Otherwise::RunOfASweep).0, 75, "another process may fare better");
            for otherwise in [Otherwise::Resuming, Otherwise::RunOfASweep, Otherwise::Nothing] {
                assert!(!line(otherwise).contains("--device") && !line(otherwise).contains("batch"), "{otherwise:?}");
            }
        }
    }
}
