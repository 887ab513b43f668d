//! The runs of a sweep by processes of this machine, so that what ends one of them ends no other.

mod child;
mod memory;

use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use headlight_runs::Sweep;

use self::child::{Children, Ending};
use self::memory::Memory;
use super::engine::Work;
use super::progress::Progress;
use crate::interrupt;

/// How often this process looks whether it was asked to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// As many runs at a time as were asked for, or as there are cores for; on a graphics card, which they would share, one.
pub(super) fn workers(asked: Option<NonZeroUsize>, sweep: &Sweep) -> usize {
    let runs = &sweep.plan().runs;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = runs.iter().map(|run| run.config.threads).max().unwrap_or(1);
    let most = if runs.iter().all(|run| run.config.device.takes_threads()) { cores / threads.max(1) } else { 1 };
    asked.map_or(most, usize::from).clamp(1, runs.len().max(1))
}

/// Trains the runs of `work`, trying each again up to `retries` times, and says why those have no outcome that have none.
pub(super) fn run(work: &Work, sweep: &Sweep, retries: usize, progress: &Progress) -> Vec<(usize, String)> {
    let runs = || work.numbers.iter().map(|number| &sweep.plan().runs[*number]);
    let memory = Memory::of_this_machine();
    let children = Children::new(work, retries);
    // Whichever worker is free takes the next run. What a run becomes does not depend on who took it, or when.
    let next = Mutex::new(runs());
    let (gone, busy) = (Mutex::new(Vec::new()), (Mutex::new(work.workers), Condvar::new()));
    std::thread::scope(|scope| {
        for _ in 0..work.workers {
            scope.spawn(|| {
                while let Some(run) = if interrupt::is_asked() { None } else { taken(&next).next() } {
                    let ending = memory.while_it_holds(run.config.training_bytes(), || children.train(run.number));
                    match ending {
                        Ending::Outcome => progress.ended(&sweep.state(run)),
                        Ending::Stopped => {}
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

/// A worker that panics ends the program; what it held is as good as before.
fn taken<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
