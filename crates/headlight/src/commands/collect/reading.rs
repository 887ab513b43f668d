//! The runs of a sweep, read side by side.

use headlight_lens::{Thresholds, recorded_roles};
use headlight_record::findings::HeadFinding;
use headlight_record::sweep::{CurvePoint, HeadRoles, Status, SweepRun};
use headlight_runs::{GatheredRun, PlannedRun, RunState, Sweep};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::damage::note_damage;

/// The logged steps of all runs that are kept: of each at least, and at most, so many.
const POINTS: usize = 200_000;
const LEAST: usize = 12;
const MOST: usize = 64;

/// What became of every run, in the order of the plan. A file that cannot be read is named in a line, and the rest goes on.
pub(super) fn read_runs(sweep: &Sweep) -> Vec<SweepRun> {
    let runs = &sweep.plan().runs;
    let points = (POINTS / runs.len().max(1)).clamp(LEAST, MOST);
    let read: Vec<(SweepRun, Vec<String>)> = runs
        .par_iter()
        .map(|planned| {
            let found = sweep.gather(planned, points);
            let lines = found.damaged.iter().map(ToString::to_string).collect();
            (of(planned, found), lines)
        })
        .collect();
    let (runs, damaged): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    note_damage(&damaged.concat());
    runs
}

fn of(planned: &PlannedRun, found: GatheredRun) -> SweepRun {
    let GatheredRun { state, metrics, records, has_report, damaged } = found;
    let last = metrics.last();
    let mut run = SweepRun {
        number: planned.number,
        directory: planned.directory.clone(),
        settings: planned.settings.clone(),
        status: Status::Waiting,
        solved: None,
        steps: last.map_or(0, |line| line.step),
        exact_match: metrics.iter().rev().find_map(|line| line.exact_match),
        held_out: None,
        loss: last.map(|line| line.loss),
        parameters: None,
        seconds: last.map(|line| line.seconds),
        reason: damaged.first().map(ToString::to_string),
        has_report,
        heads: Vec::new(),
        curve: Vec::new(),
    };
    match state {
        RunState::Waiting => {}
        RunState::Begun { step } => {
            run.status = if damaged.is_empty() { Status::Begun } else { Status::Damaged };
            run.steps = step;
        }
        RunState::Failed(reason) => {
            (run.status, run.solved, run.reason) = (Status::Failed, Some(false), Some(reason));
        }
        RunState::Ended(result) => {
            (run.status, run.solved, run.steps) = (Status::Ended, Some(result.solved), result.steps);
            run.exact_match = Some(result.exact_match);
            (run.held_out, run.parameters) = (Some(result.held_out), Some(result.parameters));
            run.seconds = Some(result.train_seconds);
        }
    }
    let thresholds = Thresholds::default();
    run.heads = records.iter().flat_map(|record| recorded_roles(record, &thresholds)).map(roles).collect();
    let point = |line: &headlight_record::StepMetrics| CurvePoint {
        step: line.step,
        loss: line.loss,
        exact_match: line.exact_match,
    };
    run.curve = metrics.iter().map(point).collect();
    run
}

/// The roles of a head with the scores that they go by.
fn roles(found: HeadFinding) -> HeadRoles {
    let HeadFinding { head, roles, scores } = found;
    let scored = |role: String| {
        let score = headlight_lens::score_of_role(&role).and_then(|name| scores.get(name));
        let score = score.map_or(0.0, |score| score.mean);
        (role, score)
    };
    HeadRoles { head, roles: roles.into_iter().map(scored).collect() }
}
