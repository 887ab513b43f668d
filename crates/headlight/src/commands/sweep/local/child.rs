//! One process that trains one run.

use std::collections::HashMap;
use std::io::Read;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use headlight_runs::{PlannedRun, RunState, Sweep};

use crate::commands::sweep::engine::Work;
use crate::{interrupt, try_again};

/// The processes at work, and how to have them stop.
pub(super) struct Children<'a> {
    work: &'a Work,
    sweep: &'a Sweep,
    /// The other end of each one's standard input. Closed, by us or by the end of this process, it stops the run.
    inputs: Mutex<HashMap<usize, ChildStdin>>,
}

/// How a run left its last process.
pub(super) enum Ending {
    /// It has an outcome.
    Outcome(RunState),
    /// It was asked to stop.
    Stopped,
    /// Another process trains it.
    InUse,
    /// It has none, and will have none here; says why.
    Gone(String),
}

/// How long a run rests before it is tried again for the first time; each time four times as long.
const REST: Duration = Duration::from_millis(250);

impl<'a> Children<'a> {
    pub(super) fn new(work: &'a Work, sweep: &'a Sweep) -> Self {
        Self { work, sweep, inputs: Mutex::default() }
    }

    /// Trains a run by a process, and by another one where the first was killed or a retry may succeed.
    pub(super) fn train(&self, run: &PlannedRun) -> Ending {
        let mut rest = REST;
        for retry in 0.. {
            if let Some(outcome) = self.sweep.outcome(run) {
                return Ending::Outcome(outcome);
            }
            if self.sweep.is_in_use(run) {
                return Ending::InUse;
            }
            let (status, said) = match self.once(run.number) {
                Ok(ended) => ended,
                Err(error) => return Ending::Gone(error.to_string()),
            };
            if status.success() {
                return Ending::Outcome(self.sweep.state(run));
            }
            if interrupt::is_asked() {
                return Ending::Stopped;
            }
            // A process that was killed has no code. One that was interrupted, but not with us, was as good as killed.
            let again = [None, Some(i32::from(try_again::EXIT_CODE)), Some(i32::from(interrupt::EXIT_CODE))];
            if !again.contains(&status.code()) || retry >= self.work.retries && !self.sweep.is_in_use(run) {
                return Ending::Gone(if said.is_empty() { status.to_string() } else { said });
            }
            interrupt::sleep(rest);
            rest *= 4;
        }
        Ending::Stopped
    }

    /// Has all processes stop at their next step.
    pub(super) fn stop(&self) {
        self.inputs().clear();
    }

    /// How one process ended, and the last line that it said.
    fn once(&self, number: usize) -> std::io::Result<(ExitStatus, String)> {
        let Work { program, directory, .. } = self.work;
        let mut child = Command::new(program)
            .args(["sweep", "--until-input-ends", "--run"])
            .arg(directory)
            .arg(number.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        self.inputs().extend(child.stdin.take().map(|input| (number, input)));
        let mut said = Vec::new();
        if let Some(mut errors) = child.stderr.take() {
            errors.read_to_end(&mut said)?;
        }
        let status = child.wait()?;
        self.inputs().remove(&number);
        let said = String::from_utf8_lossy(&said);
        let last = said.trim_end().lines().last().unwrap_or_default();
        Ok((status, last.trim_start_matches("headlight: ").to_string()))
    }

    fn inputs(&self) -> MutexGuard<'_, HashMap<usize, ChildStdin>> {
        self.inputs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
