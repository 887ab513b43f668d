//! A training, and what was logged of it.

use burn::module::Module;
use burn::tensor::Device;
use headlight_device::DeviceName;
use headlight_model::{Intervention, Transformer};
use headlight_record::{StepMetrics, metrics_from_text};
use headlight_runs::{PackedRun, RunArchive, RunConfig, RunError};
use headlight_train::{Part, Replicas, StepOutcome, Training};

use crate::LabError;
use crate::changes::interventions;
use crate::messages::{Contents, HeadChange, Settings, Started, Step, Stepped};
use crate::settings::check_pairs;

/// What a page may take: of the 4 GiB that WebAssembly can address, a phone gives no more.
const MAX_BYTES: u128 = 1 << 30;
/// Less went by on no clock that a page has.
const LEAST_SECONDS: f64 = 1e-6;
/// The largest whole number that a page, whose numbers are JavaScript's, tells from its neighbours.
const MOST_SEED: u64 = (1 << 53) - 1;
/// The largest archive that is opened.
const MAX_ARCHIVE: usize = 256 << 20;

pub(crate) struct Session {
    pub(crate) config: RunConfig,
    pub(crate) training: Training,
    pub(crate) part: Part,
    /// What the run was given as pairs.
    pub(crate) pairs: Option<String>,
    /// The device of the model, without autodiff.
    pub(crate) device: Device,
    /// What the metrics of an archive say, byte by byte.
    earlier: String,
    /// A line for each step, those of the archive among them.
    lines: Vec<StepMetrics>,
    /// Tokens read since the page's clock last moved.
    untimed_tokens: usize,
    /// What the last step did.
    last: Option<StepOutcome>,
}

impl Session {
    /// A training at its first step.
    ///
    /// # Errors
    ///
    /// When the settings are refused, or need more memory than a page has.
    pub(crate) fn start(settings: Settings, part: Part) -> Result<Self, LabError> {
        let mut config = settings.run_config()?;
        config.threads = part.shards();
        Self::of(config, settings.pairs, part)
    }

    /// A training where that of an archive stood, with other settings from there on.
    ///
    /// # Errors
    ///
    /// When it is no archive of a run, or settings cannot change any more.
    pub(crate) fn open(archive: &[u8], settings: Option<Settings>, part: Part) -> Result<Self, LabError> {
        if archive.len() > MAX_ARCHIVE {
            return Err(LabError::LargeArchive { max: MAX_ARCHIVE >> 20 });
        }
        let settings = settings.unwrap_or_default();
        settings.pairs.as_deref().map_or(Ok(()), check_pairs)?;
        let changed = |mut config: RunConfig| {
            // What it was trained on elsewhere is not here, nor what it kept on the way; and no tour replaces what a page saves.
            (config.device, config.threads) = (DeviceName::default(), part.shards());
            (config.record_every, config.keep_parameters_every, config.tour) = (0, 0, false);
            settings.change(&mut config).map(|()| config)
        };
        let packed = PackedRun::from_zip(archive)?;
        check_memory(&changed(packed.config().clone())?, part)?;
        let run = packed.unpack(settings.pairs.as_deref())?;
        let step = run.state.as_ref().map_or(0, |state| state.step);
        let config = changed(run.config.clone())?.branched_from(&run.config, step);
        let session = Self::of(config, run.pairs, part)?;
        let training = match &run.state {
            Some(state) => session.training.resumed_from(state)?,
            None => session.training,
        };
        let lines = metrics_from_text(&run.metrics).map_err(RunError::from)?;
        Ok(Self { training, lines, earlier: run.metrics, ..session })
    }

    /// The training as an archive.
    ///
    /// # Errors
    ///
    /// When an evaluation is to be made first, or the parameters are no numbers any more.
    pub(crate) fn save(&self, contents: Contents) -> Result<Vec<u8>, LabError> {
        self.check_evaluated()?;
        let pack = match contents {
            Contents::Checkpoint => RunArchive::of_checkpoint,
            Contents::Run => RunArchive::of_run,
        };
        Ok(pack(&self.training, &self.config, &self.metrics(), self.pairs.as_deref())?.to_zip()?)
    }

    /// The text of `metrics.jsonl`.
    fn metrics(&self) -> String {
        let here = self.lines.iter().skip(self.earlier.lines().count()).map(StepMetrics::to_line);
        [self.earlier.clone()].into_iter().chain(here).collect()
    }

    fn of(config: RunConfig, pairs: Option<String>, part: Part) -> Result<Self, LabError> {
        config.check()?;
        // What could not be saved is not begun.
        config.check_digits().map_err(RunError::from)?;
        if config.training.seed > MOST_SEED {
            return Err(LabError::Seed { seed: config.training.seed });
        }
        check_memory(&config, part)?;
        let device = config.device.open().map_err(RunError::from)?;
        let (task, training) = (config.task.clone(), config.training.clone());
        let training = Training::new(&config.transformer(), task, training, Replicas::new(1)?, &device)?;
        let (earlier, lines) = (String::new(), Vec::new());
        Ok(Self { config, training, part, pairs, device, earlier, lines, untimed_tokens: 0, last: None })
    }

    /// What a page is told of it.
    pub(crate) fn started(&self) -> Started {
        let Self { config, training, .. } = self;
        let example = &training.held_out().examples[0];
        Started {
            settings: Settings::of(config),
            step: training.steps(),
            done: training.is_done(),
            solved: training.is_solved(),
            parameters: training.model().num_params(),
            bytes: bytes(config, self.part) as f64,
            held_out: training.held_out().examples.len(),
            target: config.training.target,
            example: config.task.text(&example.source),
            question: config.task.spec.question.to_string(),
            steps: self.lines.iter().map(|line| step(line, Vec::new())).collect(),
        }
    }

    /// Takes the step of which this is the sum of all workers' parts, which took so many seconds.
    ///
    /// # Errors
    ///
    /// When an evaluation is to be made first, the sum is none of this step, or the loss is no number any more.
    pub(crate) fn apply(&mut self, sum: &[f32], seconds: f64) -> Result<Stepped, LabError> {
        self.check_evaluated()?;
        let outcome = self.training.step_by_parts(sum, self.part.shards())?;
        let before = self.lines.last().map_or((0.0, 0.0), |line| (line.seconds, line.tokens_per_second));
        // A clock that was set back, or is too coarse, says nothing until it moves.
        self.untimed_tokens += outcome.tokens;
        let (seconds, tokens_per_second) = if seconds.is_finite() && seconds >= LEAST_SECONDS {
            (seconds, (std::mem::take(&mut self.untimed_tokens) as f64 / seconds).round())
        } else {
            (0.0, before.1)
        };
        self.lines.push(StepMetrics {
            step: outcome.step,
            loss: outcome.score.loss,
            token_accuracy: outcome.score.token_accuracy,
            exact_match: None,
            learning_rate: outcome.learning_rate,
            tokens_per_second,
            seconds: before.0 + seconds,
        });
        self.last = Some(outcome);
        Ok(self.stepped())
    }

    /// Ends a step with an evaluation: so many answers of all workers together were right.
    ///
    /// # Errors
    ///
    /// When none is due, or that is more than there are.
    pub(crate) fn evaluated(&mut self, right: usize) -> Result<Stepped, LabError> {
        if !self.is_evaluation_due() {
            return Err(LabError::NoEvaluationDue);
        }
        let exact_match = self.training.evaluated_by_parts(right)?;
        if let Some(line) = self.lines.last_mut() {
            line.exact_match = Some(exact_match);
        }
        Ok(self.stepped())
    }

    fn stepped(&self) -> Stepped {
        let by_position = self.last.iter().flat_map(|outcome| &outcome.score.by_position);
        let by_position = by_position.map(|tally| tally.share()).collect();
        let evaluation_due = self.is_evaluation_due();
        Stepped::Taken {
            step: step(&self.lines[self.lines.len() - 1], by_position),
            evaluation_due,
            done: !evaluation_due && self.training.is_done(),
            solved: self.training.is_solved(),
        }
    }

    /// Whether the last step that was taken here is still to be evaluated.
    fn is_evaluation_due(&self) -> bool {
        self.last.is_some() && self.training.is_evaluation_due()
    }

    /// Refuses what would leave a step without the evaluation that it ends in.
    pub(crate) fn check_evaluated(&self) -> Result<(), LabError> {
        if self.is_evaluation_due() { Err(LabError::EvaluationDue) } else { Ok(()) }
    }

    /// The model as it is now, with these changes to each of its passes.
    pub(crate) fn changed(&self, changes: &[HeadChange]) -> Result<(Transformer, Vec<Intervention>), LabError> {
        let model = self.training.model();
        let interventions = interventions(changes, &model, &self.device)?;
        Ok((model, interventions))
    }
}

/// Refuses a training that takes more memory than a page has.
fn check_memory(config: &RunConfig, part: Part) -> Result<(), LabError> {
    let (bytes, max) = (bytes(config, part), MAX_BYTES);
    if bytes > max { Err(LabError::Memory { megabytes: bytes >> 20, max: max >> 20 }) } else { Ok(()) }
}

/// Roughly what all workers together hold in a step.
fn bytes(config: &RunConfig, part: Part) -> u128 {
    let mut of_one = config.clone();
    of_one.training.batch_size = config.training.batch_size.div_ceil(part.shards());
    of_one.training_bytes() * part.shards() as u128
}

fn step(line: &StepMetrics, by_position: Vec<f64>) -> Step {
    let StepMetrics { step, loss, token_accuracy, exact_match, learning_rate, .. } = *line;
    Step { step, loss, token_accuracy, exact_match, by_position, learning_rate }
}
