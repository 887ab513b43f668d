//! The runs of a sweep by processes of this machine, so that what ends one of them ends no other.

mod child;
mod memory;

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use headlight_runs::{PlannedRun, Sweep};

use self::child::{Children, Ending};
use self::memory::Memory;
use super::engine::Work;
use super::progress::Progress;
use crate::interrupt;

/// How often this process looks whether it was asked to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// From one look to the next at runs that other processes train.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// As many runs at a time as were asked for, or as there are cores for, where each takes so many threads; on a graphics card, which they would share, one.
pub(super) fn workers(asked: Option<NonZeroUsize>, runs: &[PlannedRun], threads: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let most = if runs.iter().all(|run| run.config.device.takes_threads()) { cores / threads.max(1) } else { 1 };
    asked.map_or(most, usize::from).clamp(1, runs.len().max(1))
}

/// Trains the runs of `work`, and says why those without an outcome have none.
pub(super) fn run(work: &Work, sweep: &Sweep, progress: &Progress) -> Vec<(usize, String)> {
    let memory = Memory::of_this_machine();
    let children = Children::new(work, sweep);
    let queue = Queue::of(work, sweep);
    let (gone, busy) = (Mutex::new(Vec::new()), (Mutex::new(work.workers), Condvar::new()));
    std::thread::scope(|scope| {
        for _ in 0..work.workers {
            scope.spawn(|| {
                while let Some(run) = queue.next() {
                    let ending = memory.while_it_holds(run.config.training_bytes(), || children.train(run));
                    match ending {
                        Ending::Outcome(state) => progress.ended(&state),
                        Ending::Stopped => {}
                        Ending::InUse => queue.put_back(run, progress),
                        Ending::Gone(reason) => {
                            progress.note(format_args!("run {} ({run}) has no outcome: {reason}", run.number));
                            taken(&gone).push((run.number, reason));
                        }
                    }
                }
                *taken(&busy.0) -= 1;
                busy.1.notify_all();
            });
        }
        let mut left = taken(&busy.0);
        while *left > 0 {
            left = busy.1.wait_timeout(left, GLANCE).unwrap_or_else(std::sync::PoisonError::into_inner).0;
            if interrupt::is_asked() {
                children.stop();
            }
        }
    });
    let mut gone = gone.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    gone.sort();
    gone
}

/// The runs to be trained. Whichever worker is free takes the next one: what a run becomes does not depend on who took it, or when.
struct Queue<'a> {
    sweep: &'a Sweep,
    runs: Mutex<VecDeque<&'a PlannedRun>>,
    /// Whether it was said that others train some of them.
    is_said: Mutex<bool>,
}

impl<'a> Queue<'a> {
    fn of(work: &Work, sweep: &'a Sweep) -> Self {
        let runs = work.numbers.iter().map(|number| &sweep.plan().runs[*number]);
        Self { sweep, runs: Mutex::new(runs.collect()), is_said: Mutex::new(false) }
    }

    /// The next one, until there is none or the user asks to stop.
    fn next(&self) -> Option<&'a PlannedRun> {
        if interrupt::is_asked() { None } else { taken(&self.runs).pop_front() }
    }

    /// Puts a run that another process trains behind all others; where there are only such runs, it rests.
    fn put_back(&self, run: &'a PlannedRun, progress: &Progress) {
        if !std::mem::replace(&mut *taken(&self.is_said), true) {
            progress.tell(format_args!("run {} ({run}) is in use by another process: waiting for its end", run.number));
        }
        let are_all_in_use = taken(&self.runs).iter().all(|run| self.sweep.is_in_use(run));
        taken(&self.runs).push_back(run);
        if are_all_in_use {
            interrupt::sleep(BETWEEN_LOOKS);
        }
    }
}

/// A worker that panics ends the program; what it held is as good as before.
fn taken<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
