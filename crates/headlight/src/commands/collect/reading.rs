//! The runs of a sweep, read side by side.

use headlight_lens::{Thresholds, recorded_roles};
use headlight_record::sweep::{CollectedRun, CurvePoint, State};
use headlight_runs::{GatheredRun, PlannedRun, RunState, Sweep};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::output::note_all;

/// So many of a run's steps are kept, at most, half of them evenly spread and half by equal factors.
const STEPS: usize = 80;

/// What became of every run, in the order of the plan. A file that cannot be read is named in a line, and the rest is read all the same.
pub(super) fn read_runs(sweep: &Sweep, thresholds: &Thresholds) -> Vec<CollectedRun> {
    let runs = &sweep.plan().runs;
    let states: Vec<RunState> = runs.par_iter().map(|run| sweep.state(run)).collect();
    let taken = |state: &RunState| match state {
        RunState::Ended(result) => result.steps,
        RunState::Begun { step } => *step,
        RunState::Waiting | RunState::Diverged(_) => 0,
    };
    // The same steps of all runs, so that numbers of one step are compared with each other.
    let steps = kept_steps(states.iter().map(taken).max().unwrap_or(0));
    let read: Vec<(CollectedRun, Vec<String>)> = runs
        .par_iter()
        .zip(states)
        .map(|(planned, state)| {
            let found = sweep.gather(planned, state, &steps);
            let lines = found.damaged.iter().map(|error| format!("note: {error}")).collect();
            (of(planned, found, thresholds), lines)
        })
        .collect();
    let (runs, damaged): (Vec<_>, Vec<Vec<String>>) = read.into_iter().unzip();
    note_all(&damaged.concat());
    runs
}

/// Steps from 1 to the longest run's last, close to each other at the beginning, where short runs take place.
fn kept_steps(last: usize) -> Vec<usize> {
    let half = STEPS / 2;
    let part = |at: usize| at as f64 / (half - 1) as f64;
    let evenly = (0..half).map(|at| 1.0 + part(at) * (last.max(1) - 1) as f64);
    let by_factors = (0..half).map(|at| (last.max(1) as f64).powf(part(at)));
    let mut steps: Vec<usize> = evenly.chain(by_factors).map(|step| step.round() as usize).collect();
    steps.sort_unstable();
    steps.dedup();
    steps
}

fn of(planned: &PlannedRun, found: GatheredRun, thresholds: &Thresholds) -> CollectedRun {
    let GatheredRun { state, metrics, records, has_report, damaged } = found;
    let last = metrics.last();
    let mut run = CollectedRun {
        number: planned.number,
        directory: planned.directory.clone(),
        settings: planned.settings.clone(),
        state: State::Waiting,
        solved: None,
        steps: last.map_or(0, |line| line.step),
        exact_match: last.and_then(|line| line.exact_match),
        held_out: None,
        loss: last.map(|line| line.loss),
        parameters: None,
        seconds: last.map(|line| line.seconds),
        reason: damaged.first().map(ToString::to_string),
        has_report,
        heads: records.iter().flat_map(|record| recorded_roles(record, thresholds)).collect(),
        curve: metrics
            .iter()
            .map(|line| CurvePoint { step: line.step, loss: line.loss, exact_match: line.exact_match })
            .collect(),
    };
    match state {
        RunState::Waiting => {}
        RunState::Begun { step } => {
            run.state = if damaged.is_empty() { State::Started } else { State::Damaged };
            run.steps = step;
        }
        RunState::Diverged(reason) => {
            (run.state, run.solved, run.reason) = (State::Diverged, Some(false), Some(reason));
        }
        RunState::Ended(result) => {
            (run.state, run.solved, run.steps) = (State::Finished, Some(result.solved), result.steps);
            run.exact_match = Some(result.exact_match);
            (run.held_out, run.parameters) = (Some(result.held_out), Some(result.parameters));
            run.seconds = Some(result.train_seconds);
        }
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_steps_begin_at_the_first_and_end_at_the_last() {
        for last in [1, 2, 30, 81, 3000, 1_000_000] {
            let steps = kept_steps(last);
            assert_eq!((steps[0], steps[steps.len() - 1]), (1, last));
            assert!(steps.len() <= STEPS && steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
        }
        let early = kept_steps(3000).into_iter().filter(|step| *step <= 300).count();
        assert!(early > 20, "a run of 300 steps has a curve, too: {early}");
    }
}
