//! Ctrl-C: the first asks to finish the step and save, the second leaves at once.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// The user stopped the training; everything is saved and said.
#[derive(Debug)]
pub(crate) struct Interrupted;

/// The exit code of a program ended by Ctrl-C.
pub(crate) const EXIT_CODE: u8 = 130;

/// From now on, Ctrl-C asks.
pub(crate) fn watch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
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
