//! Which runs have come to an outcome, wherever they are trained: what is on disk says so.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use headlight_runs::Sweep;

use crate::commands::sweep::engine::Work;
use crate::commands::sweep::progress::Progress;

/// The runs that have none yet.
pub(super) struct Outcomes<'a> {
    sweep: &'a Sweep,
    progress: &'a Progress,
    left: Vec<usize>,
    next: Instant,
}

/// From one look to the next, at least.
const PAUSE: Duration = Duration::from_secs(1);

/// And so many times as long as a look takes, which on a network's file system may be long.
const PATIENCE: u32 = 20;

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

    /// Why those have none that have none, where somebody said so.
    pub(super) fn missing(mut self, said: &HashMap<usize, String>) -> Vec<(usize, String)> {
        self.look();
        let path = self.sweep.path().display();
        let reason = |number| {
            let said = said.get(&number).cloned();
            said.unwrap_or_else(|| format!("'headlight sweep --run {path} {number}' says why"))
        };
        self.left.iter().map(|number| (*number, reason(*number))).collect()
    }

    fn look(&mut self) {
        let Self { sweep, progress, left, .. } = self;
        left.retain(|number| {
            let state = sweep.state(&sweep.plan().runs[*number]);
            if state.has_outcome() {
                progress.ended(&state);
            }
            !state.has_outcome()
        });
    }
}
