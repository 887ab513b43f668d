//! Ctrl-C: the first asks to finish the step and save, the second leaves at once. So do SIGTERM, by which Slurm says that a job's time is up,
//! and SIGHUP, by which a terminal says that it is closed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

static ASKED: AtomicBool = AtomicBool::new(false);

/// When a signal asked first.
static FIRST: OnceLock<Instant> = OnceLock::new();

/// Signals that come together are one: a terminal that is closed sends one, and its shell another.
const TOGETHER: Duration = Duration::from_millis(250);

/// The user stopped the training; everything is saved and said.
#[derive(Debug)]
pub(crate) struct Interrupted;

/// The exit code of a program ended by Ctrl-C.
pub(crate) const EXIT_CODE: u8 = 130;

/// Keeps SIGHUP ignored where whoever started this process had it ignored, as nohup does: once watched, it would no longer be. To be
/// called before there are other threads.
pub(crate) fn stay_deaf() {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::signal::{SigSet, Signal};

        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
        if ignored & 1 << (Signal::SIGHUP as i32 - 1) != 0 {
            let _ = SigSet::from(Signal::SIGHUP).thread_block(); // threads inherit it
        }
    }
}

/// From now on, Ctrl-C asks.
pub(crate) fn watch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        let first = FIRST.get_or_init(Instant::now);
        if ASKED.swap(true, Ordering::SeqCst) && first.elapsed() > TOGETHER {
            std::process::exit(i32::from(EXIT_CODE));
        }
    })?;
    Ok(())
}

/// From now on, the end of standard input asks too. Whoever started this process holds the other end, and lets go of it at the
/// latest when it is gone itself.
pub(crate) fn watch_input() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        ASKED.store(true, Ordering::SeqCst);
    });
}

/// Rests, but not beyond the moment when the user asks to stop.
pub(crate) fn sleep(rest: Duration) {
    let until = Instant::now() + rest;
    while Instant::now() < until && !is_asked() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether the user has asked to stop.
pub(crate) fn is_asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Interrupted {}
