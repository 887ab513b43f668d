//! What the defaults of each task reach: measured once, committed, and read by whoever shows it, so that the numbers agree.

use headlight_model::Architecture;
use serde::{Deserialize, Serialize};

use crate::TaskSpec;

/// The committed measurement, made by `cargo run -p headlight-examples --example measure_tasks`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The processor.
    pub machine: String,
    /// Replicas of the model, each on a core of its own.
    pub threads: usize,
    /// A run of each task for each seed.
    pub runs: Vec<MeasuredRun>,
}

/// How one run with default settings ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredRun {
    /// The task's name.
    pub task: String,
    /// The model that learned it: the task's default.
    pub architecture: Architecture,
    /// The run's seed.
    pub seed: u64,
    /// Steps until the target was reached, or the run was out of steps.
    pub steps: usize,
    /// Seconds that they took, evaluations included.
    pub seconds: f64,
    /// Whether the target was reached.
    pub solved: bool,
    /// Share of the held-out examples answered without an error, token by token: at the first evaluation that reached the target, or the last.
    pub exact_match: f64,
    /// The same of held-out examples that nobody had looked at; `None` in a file from before this was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_questions: Option<OtherQuestions>,
    /// Layer and head that put most weight where the task needs it, and how much, on one held-out example.
    pub best_head: (usize, usize, f32),
}

/// Held-out examples that did not decide when the run ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtherQuestions {
    /// How many there were, none of them in the validation set.
    pub questions: usize,
    /// How many of them were answered without an error.
    pub right: usize,
}

impl OtherQuestions {
    /// Share of them answered without an error.
    pub fn exact_match(self) -> f64 {
        self.right as f64 / self.questions as f64
    }
}

/// The file of the measurement.
const JSON: &str = include_str!("measured.json");

impl Measured {
    /// Reads the committed measurement.
    ///
    /// # Panics
    ///
    /// When the file in the source is damaged, which a test rules out.
    pub fn committed() -> Self {
        serde_json::from_str(JSON).expect("measured.json is what Measured writes")
    }

    /// The runs of a task, in the order of their seeds.
    pub fn of(&self, task: &TaskSpec) -> Vec<&MeasuredRun> {
        let mut runs: Vec<_> = self.runs.iter().filter(|run| run.task == task.name).collect();
        runs.sort_by_key(|run| run.seed);
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::TASKS;
    use crate::{Task, TrainingConfig};

    #[test]
    fn every_task_was_measured_for_five_seeds_and_reached_its_target() {
        let measured = Measured::committed();
        for task in TASKS.iter().copied().filter(|task| !task.takes_pairs()) {
            let runs = measured.of(task);
            assert_eq!(runs.iter().map(|run| run.seed).collect::<Vec<_>>(), [0, 1, 2, 3, 4], "{task}");
            for run in runs {
                assert_eq!(run.architecture, task.architectures[0], "{task}");
                let config = TrainingConfig::for_task(&Task::new(task, run.architecture));
                assert!(
                    run.solved && run.exact_match >= config.target,
                    "{task}, seed {}: {}",
                    run.seed,
                    run.exact_match
                );
                if let Some(second) = run.other_questions {
                    assert!(second.questions > config.held_out && second.exact_match() > 0.9, "{task}: {second:?}");
                }
                assert!(run.steps <= config.max_steps && run.steps.is_multiple_of(config.evaluate_every), "{task}");
            }
        }
    }
}
