use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use headlight_runs::RunState;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::note;

/// What is shown on standard error while a sweep is trained.
pub(super) struct Progress {
    shown: Shown,
    counts: Mutex<Counts>,
    started: Instant,
}

enum Shown {
    /// A bar of the runs that have an outcome.
    Bar(ProgressBar),
    /// For a pipe or a file: a plain line now and then.
    Lines,
    /// Nothing.
    Quiet,
}

struct Counts {
    runs: usize,
    /// Those that had an outcome before.
    before: usize,
    solved: usize,
    not_solved: usize,
    diverged: usize,
    said: Instant,
}

/// From one line to the next.
const EVERY: Duration = Duration::from_secs(10);

impl Progress {
    /// Of a sweep with these states.
    pub(super) fn start(states: &[RunState], quiet: bool) -> Self {
        let now = Instant::now();
        let mut counts = Counts { runs: states.len(), before: 0, solved: 0, not_solved: 0, diverged: 0, said: now };
        states.iter().for_each(|state| counts.add(state));
        counts.before = counts.done();
        let shown = match () {
            () if quiet => Shown::Quiet,
            () if std::io::stderr().is_terminal() => {
                let style =
                    ProgressStyle::with_template("{bar:30.cyan/dim} {msg}").expect("the template is a constant");
                let bar = ProgressBar::new(counts.runs as u64).with_style(style);
                bar.set_position(counts.done() as u64);
                bar.set_message(counts.line(None));
                Shown::Bar(bar)
            }
            () => Shown::Lines,
        };
        Self { shown, counts: Mutex::new(counts), started: now }
    }

    /// A run has an outcome.
    pub(super) fn ended(&self, state: &RunState) {
        let mut counts = self.counts();
        counts.add(state);
        let line = counts.line(counts.time_left(self.started.elapsed()));
        match &self.shown {
            Shown::Bar(bar) => {
                bar.set_position(counts.done() as u64);
                bar.set_message(line);
            }
            Shown::Lines if counts.said.elapsed() >= EVERY => {
                counts.said = Instant::now();
                note(line);
            }
            Shown::Lines | Shown::Quiet => {}
        }
    }

    /// Says a line above the bar, unless only the result is to be shown.
    pub(super) fn tell(&self, line: impl std::fmt::Display) {
        if !matches!(self.shown, Shown::Quiet) {
            self.note(line);
        }
    }

    /// Says a line above the bar that must not be missed.
    pub(super) fn note(&self, line: impl std::fmt::Display) {
        match &self.shown {
            Shown::Bar(bar) => bar.suspend(|| note(line)),
            Shown::Lines | Shown::Quiet => note(line),
        }
    }

    pub(super) fn end(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.abandon();
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn add(&mut self, state: &RunState) {
        match state {
            RunState::Ended(result) if result.solved => self.solved += 1,
            RunState::Ended(_) => self.not_solved += 1,
            RunState::Diverged(_) => self.diverged += 1,
            RunState::Waiting | RunState::Begun { .. } => {}
        }
    }

    fn done(&self) -> usize {
        self.solved + self.not_solved + self.diverged
    }

    /// If the rest takes as long a run as those that ended so far.
    fn time_left(&self, elapsed: Duration) -> Option<Duration> {
        let (ended, left) = (self.done() - self.before, self.runs - self.done());
        (ended > 0).then(|| elapsed.mul_f64(left as f64 / ended as f64))
    }

    fn line(&self, left: Option<Duration>) -> String {
        let mut line =
            format!("{} of {} runs: {} solved, {} not", self.done(), self.runs, self.solved, self.not_solved);
        if self.diverged > 0 {
            line += &format!(", {} diverged", self.diverged);
        }
        if let Some(left) = left.filter(|left| !left.is_zero()) {
            line += &format!("; about {} left", in_words(left));
        }
        line
    }
}

/// `40 s`, `12 min`, `3 h 5 min`.
fn in_words(time: Duration) -> String {
    match (time.as_secs(), time.as_secs().div_ceil(60)) {
        (seconds @ ..100, _) => format!("{} s", seconds.max(1)),
        (_, minutes @ ..100) => format!("{minutes} min"),
        (_, minutes) => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_counts_what_the_runs_became() {
        let now = Instant::now();
        let counts = Counts { runs: 64, before: 2, solved: 10, not_solved: 1, diverged: 0, said: now };
        let left = counts.time_left(Duration::from_secs(9));
        assert_eq!(counts.line(left), "11 of 64 runs: 10 solved, 1 not; about 53 s left");
        let diverged = Counts { diverged: 2, solved: 61, ..counts };
        assert_eq!(
            diverged.line(diverged.time_left(Duration::from_secs(9))),
            "64 of 64 runs: 61 solved, 1 not, 2 diverged"
        );
        assert_eq!(diverged.line(None), "64 of 64 runs: 61 solved, 1 not, 2 diverged");
        let words = [5, 99, 100, 3600, 6001].map(|seconds| in_words(Duration::from_secs(seconds)));
        assert_eq!(words, ["5 s", "99 s", "2 min", "60 min", "1 h 41 min"]);
    }
}
