//! Which runs have come to an outcome, wherever they are trained: what is on disk says so.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use headlight_runs::Sweep;

use crate::commands::sweep::engine::Work;
use crate::commands::sweep::progress::Progress;
use crate::interrupt;

/// The runs that have none yet.
pub(super) struct Outcomes<'a> {
    sweep: &'a Sweep,
    progress: &'a Progress,
    left: Vec<usize>,
    next: Instant,
}

/// Where an engine trains the runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On this machine.
    Here,
    /// On other machines, whose files may be seen here late.
    Elsewhere,
}

/// From one look to the next, at least.
const PAUSE: Duration = Duration::from_secs(1);

/// And so many times as long as a look takes, which on a network's file system may be long.
const PATIENCE: u32 = 20;

/// As long as NFS may answer from what it knew of a directory before.
const LATE: Duration = Duration::from_secs(60);

impl<'a> Outcomes<'a> {
    pub(super) fn of(work: &Work, sweep: &'a Sweep, progress: &'a Progress) -> Self {
        Self { sweep, progress, left: work.numbers.clone(), next: Instant::now() + PAUSE }
    }

    /// Shows those that have come since the last look, unless that was just now.
    pub(super) fn glance(&mut self) {
        let before = Instant::now();
        if before >= self.next {
            self.look();
            let after = Instant::now();
            self.next = after + PAUSE.max((after - before) * PATIENCE);
        }
    }

    /// Whether every run has one.
    pub(super) fn are_all(&self) -> bool {
        self.left.is_empty()
    }

    /// The reason for each run without an outcome, once the engine has ended: what was said of it, or `otherwise`.
    pub(super) fn missing(
        mut self,
        place: Place,
        said: &HashMap<usize, String>,
        otherwise: &str,
    ) -> Vec<(usize, String)> {
        self.look();
        let ended = Instant::now();
        let is_said = |left: &[usize]| left.iter().all(|number| said.contains_key(number));
        while place == Place::Elsewhere && !is_said(&self.left) && ended.elapsed() < LATE && !interrupt::is_asked() {
            interrupt::sleep(PAUSE);
            for number in &self.left {
                // Whoever lists a directory is told what is new in it.
                let run = self.sweep.path_of(&self.sweep.plan().runs[*number]);
                let _ = std::fs::read_dir(run).map(Iterator::count);
            }
            self.look();
        }
        let reason = |number| said.get(number).cloned().unwrap_or_else(|| otherwise.to_string());
        self.left.iter().map(|number| (*number, reason(number))).collect()
    }

    fn look(&mut self) {
        let Self { sweep, progress, left, .. } = self;
        left.retain(|number| match sweep.outcome(&sweep.plan().runs[*number]) {
            Some(outcome) => {
                progress.ended(&outcome);
                false
            }
            None => true,
        });
    }
}
