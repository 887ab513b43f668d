mod by_parts;

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::Device;
use headlight_flex::FusedAdamW;
use headlight_model::{DropoutKey, Transformer, TransformerConfig};
use headlight_record::{AttentionRecord, RecordError};

use crate::generate::count_exact;
use crate::part::parts;
use crate::records::records;
use crate::state::{TrainingState, tensors_of, with_tensors};
use crate::step::{BatchScore, clip_gradients};
use crate::task::{HeldOut, Task, TaskError};
use crate::{Divergence, Example, Replicas, TrainError, TrainingConfig};

/// A model that is being trained. It knows no file and no clock: whoever calls [`step`](Self::step) does.
pub struct Training {
    task: Task,
    config: TrainingConfig,
    model: Transformer,
    optimizer: ModuleOptimizer,
    replicas: Replicas,
    held_out: HeldOut,
    device: Device,
    step: usize,
    exact_match: f64,
    /// The step after which `exact_match` was measured.
    evaluated_at: usize,
}

/// What one training step did.
#[derive(Clone, Debug, PartialEq)]
pub struct StepOutcome {
    /// Counted from 1.
    pub step: usize,
    /// How well the batch was predicted, before the parameters were changed.
    pub score: BatchScore,
    /// The learning rate used.
    pub learning_rate: f64,
    /// Tokens that the model read.
    pub tokens: usize,
    /// Share of the held-out examples generated without an error, where this step ended in an evaluation.
    pub exact_match: Option<f64>,
}

impl Training {
    /// Makes the model on a device and holds examples out.
    ///
    /// # Errors
    ///
    /// When the task, the model or the configuration is refused, or the task's pairs are missing.
    ///
    /// # Panics
    ///
    /// When the model is another task's.
    pub fn new(
        model: &TransformerConfig,
        task: Task,
        config: TrainingConfig,
        replicas: Replicas,
        device: &Device,
    ) -> Result<Self, TrainError> {
        task.check()?;
        model.check()?;
        config.check()?;
        if task.file.as_ref().is_some_and(|pairs| !pairs.is_loaded()) {
            return Err(TaskError::NoPairs { task: task.spec }.into());
        }
        let fits = (task.architecture, task.vocabulary_size(), task.max_length());
        assert_eq!((model.architecture, model.vocab_size, model.max_length), fits, "the model of this task");
        let device = device.clone().autodiff();
        Ok(Self {
            model: model.init(&device),
            optimizer: ModuleOptimizer::from(FusedAdamW::new(config.weight_decay as f32)),
            replicas,
            held_out: task.held_out(config.seed, config.held_out),
            device,
            step: 0,
            exact_match: 0.0,
            evaluated_at: 0,
            task,
            config,
        })
    }

    /// The training where one of the same configuration stood, to go on as if it had never stopped.
    ///
    /// # Errors
    ///
    /// When the state is not one of this configuration.
    pub fn resumed_from(self, state: &TrainingState) -> Result<Self, TrainError> {
        let (model, optimizer) = with_tensors(self.model, self.optimizer, &state.tensors)?;
        let TrainingState { step, exact_match, evaluated_at, .. } = *state;
        Ok(Self { model, optimizer, step, exact_match, evaluated_at, ..self })
    }

    /// Where the training stands: all that [`resumed_from`](Self::resumed_from) needs.
    ///
    /// # Errors
    ///
    /// When a tensor cannot be read back from its device.
    pub fn state(&self) -> Result<TrainingState, TrainError> {
        let tensors = tensors_of(&self.model(), &self.optimizer)?;
        Ok(TrainingState { step: self.step, exact_match: self.exact_match, evaluated_at: self.evaluated_at, tensors })
    }

    /// One step of training: batch, forward, loss, backward, clip, update; and an evaluation where one is due.
    ///
    /// # Errors
    ///
    /// When the loss is no number any more; nothing is changed then.
    pub fn step(&mut self) -> Result<StepOutcome, TrainError> {
        // 1. The batch is a function of seed and step alone.
        let examples = self.next_examples();

        // 2. Forward, loss and backward, each replica on its part.
        let key = self.next_key();
        let (score, gradients) = self.replicas.forward_backward(&self.model, &self.task, &examples, key, &self.device);

        // 3. Clip, and step down the gradient.
        let outcome = self.update(&examples, score, gradients)?;
        let exact_match = self.is_evaluation_due().then(|| self.evaluate());
        Ok(StepOutcome { exact_match, ..outcome })
    }

    /// The examples of the step that comes next.
    fn next_examples(&self) -> Vec<Example> {
        self.task.training_examples(self.config.seed, self.step as u64 + 1, self.config.batch_size)
    }

    /// What decides its dropout.
    fn next_key(&self) -> DropoutKey {
        DropoutKey { seed: self.config.seed, step: self.step as u64 + 1, ..DropoutKey::default() }
    }

    /// Takes the step that these gradients of its examples ask for.
    fn update(
        &mut self,
        examples: &[Example],
        score: BatchScore,
        mut gradients: GradientsParams,
    ) -> Result<StepOutcome, TrainError> {
        let step = self.step + 1;
        let learning_rate = self.config.learning_rate_at(step);
        if !score.loss.is_finite() {
            return Err(Divergence { step, loss: score.loss, learning_rate }.into());
        }
        let Self { model, optimizer, config, .. } = self;
        let (before, max_norm) = (model.clone(), config.max_gradient_norm);
        *model = self.replicas.run_alone(|| {
            clip_gradients(&before, &mut gradients, max_norm);
            optimizer.step(learning_rate, before, gradients)
        });
        self.step = step;
        let tokens = examples.iter().map(|example| self.task.tokens_read(example)).sum();
        Ok(StepOutcome { step, score, learning_rate, tokens, exact_match: None })
    }

    /// Whether the last step ends in an evaluation, which has not been made yet. [`step`](Self::step) makes it; after a step
    /// [by parts](Self::step_by_parts) it is the caller's to make.
    pub fn is_evaluation_due(&self) -> bool {
        let is_due = self.step.is_multiple_of(self.config.evaluate_every) || self.step == self.config.max_steps;
        is_due && self.step > 0 && self.evaluated_at < self.step
    }

    /// Whether the target was reached at the last evaluation: so many of the held-out answers were generated without an error.
    pub fn is_solved(&self) -> bool {
        self.exact_match >= self.config.target
    }

    /// Whether there is nothing left to do: solved, or out of steps.
    pub fn is_done(&self) -> bool {
        self.is_solved() || self.step >= self.config.max_steps
    }

    /// Generates every held-out answer token by token, and remembers the share without an error.
    pub fn evaluate(&mut self) -> f64 {
        self.evaluated(self.count_right())
    }

    /// Remembers that so many of the held-out answers were generated without an error, and returns their share.
    fn evaluated(&mut self, right: usize) -> f64 {
        self.exact_match = self.share(right);
        self.evaluated_at = self.step;
        self.exact_match
    }

    /// Share of the held-out sequences that are right now; measured anew unless that was just done. Nothing is remembered: how
    /// the training goes on does not depend on who asked.
    pub fn exact_match(&self) -> f64 {
        if self.evaluated_at == self.step && self.step > 0 { self.exact_match } else { self.share(self.count_right()) }
    }

    /// Held-out answers that are generated without an error.
    fn count_right(&self) -> usize {
        let model = self.model();
        let device = self.device.clone().inner();
        let (task, examples) = (&self.task, &self.held_out.examples);
        let jobs = parts(examples, self.replicas.count()).into_iter().enumerate().map(|(shard, part)| {
            let (model, device) = match self.replicas.device_of(shard) {
                Some(own) => (model.clone().to_device(own), own),
                None => (model.clone(), &device),
            };
            move || count_exact(&model, task, part, device)
        });
        self.replicas.run(jobs).into_iter().sum()
    }

    fn share(&self, right: usize) -> f64 {
        right as f64 / self.held_out.examples.len() as f64
    }

    /// What the model attends to on the first held-out example, and what the weights came from.
    ///
    /// # Errors
    ///
    /// When the weights are no attention any more, as after a divergence.
    pub fn records(&self) -> Result<Vec<AttentionRecord>, TrainError> {
        let device = self.device.clone().inner();
        let example = &self.held_out.examples[0];
        let model = self.model();
        let (task, step) = (&self.task, self.step);
        let records = self.replicas.run_alone(|| records(&model, task, example, Some(step), &device));
        records.map_err(|error| match error {
            // Weights that are no numbers come of a step too large, not of a wrong request.
            TrainError::Record(RecordError::Weight { .. } | RecordError::NotFinite { .. }) => self.divergence().into(),
            other => other,
        })
    }

    /// Where the state is no longer finite: what to say of it.
    pub fn divergence(&self) -> Divergence {
        Divergence { step: self.step, loss: f64::NAN, learning_rate: self.config.learning_rate_at(self.step) }
    }

    /// Waits until the device has done all that it was given: a graphics card works on while the processor goes its way.
    ///
    /// # Errors
    ///
    /// When the device fails meanwhile.
    pub fn wait(&self) -> Result<(), TrainError> {
        Ok(self.device.sync()?)
    }

    /// The model as it is now, without autodiff.
    pub fn model(&self) -> Transformer {
        self.model.valid()
    }

    /// What is learned.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// How.
    pub fn config(&self) -> &TrainingConfig {
        &self.config
    }

    /// The examples that it never trains on.
    pub fn held_out(&self) -> &HeldOut {
        &self.held_out
    }

    /// Steps done.
    pub fn steps(&self) -> usize {
        self.step
    }
}
