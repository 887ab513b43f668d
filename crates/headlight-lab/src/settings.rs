//! [`Settings`] of a page and the [`RunConfig`] that they mean: that of `headlight train` with the options of these names.

use std::path::Path;

use headlight_model::Architecture;
use headlight_runs::{RunArchive, RunConfig};
use headlight_train::tasks::{self, TASKS};
use headlight_train::{PairFile, Spelling, StoredTask, TaskError, TaskSpec, TrainError};

use crate::LabError;
use crate::choices::{ACTIVATIONS, ARCHITECTURES, NORMS, POSITIONS, SCHEDULES, choice, word};
use crate::messages::Settings;

/// More text than this is no lesson.
const MOST_PAIRS: usize = RunArchive::MOST_PAIRS;

impl Settings {
    /// The run that is meant, as `headlight train` makes it, on one thread.
    ///
    /// # Errors
    ///
    /// When a word or a task is unknown, or the pairs are missing, wrong, or of no use. Whether the sizes can be trained,
    /// [`RunConfig::check`] says.
    pub fn run_config(&self) -> Result<RunConfig, LabError> {
        let task = self.task()?;
        let architecture = self.architecture()?.unwrap_or(task.architectures[0]);
        let characters = self.characters.unwrap_or(false);
        let spelling = if characters { Spelling::Characters } else { Spelling::Words };
        let mut config = match &self.pairs {
            Some(text) if task.takes_pairs() => {
                check_pairs(text)?;
                let pairs = PairFile::from_bytes(Path::new(RunArchive::PAIRS), spelling, text.as_bytes());
                RunConfig::for_pairs(pairs.map_err(TaskError::from).map_err(TrainError::from)?, architecture)
            }
            None if task.takes_pairs() => return Err(TrainError::from(TaskError::NoPairs { task }).into()),
            None if !characters => RunConfig::for_task(task, architecture),
            _ => return Err(LabError::NoUseForPairs { task: task.name }),
        };
        config.threads = 1;
        self.apply(&mut config)?;
        Ok(config)
    }

    fn task(&self) -> Result<&'static TaskSpec, LabError> {
        let Some(name) = &self.task else { return Ok(&tasks::copy::SPEC) };
        let unknown = || {
            let known = TASKS.iter().map(|task| task.name).collect();
            TrainError::from(TaskError::UnknownTask { name: name.clone(), known }).into()
        };
        TASKS.iter().copied().find(|task| task.name == name).ok_or_else(unknown)
    }

    /// Changes a training on its way: what was given, and nothing that the model or the task was made with.
    ///
    /// # Errors
    ///
    /// Names the first setting that cannot change any more.
    pub(crate) fn change(&self, config: &mut RunConfig) -> Result<(), LabError> {
        let before = config.clone();
        if self.pairs.is_some() && !config.task.spec.takes_pairs() {
            return Err(LabError::NoUseForPairs { task: config.task.spec.name });
        }
        // The length alone, said once more, is no wish for a single one.
        Self { min_length: self.min_length.or(before.task.min_length), ..self.clone() }.apply(config)?;
        let (old, new) = (Self::of(&before), Self::of(config));
        let is_other = |asked: &Option<String>, old: &Option<String>| asked.is_some() && asked != old;
        let made_with = [
            ("task", is_other(&self.task, &old.task)),
            ("architecture", is_other(&self.architecture, &old.architecture)),
            ("characters", self.characters.is_some_and(|asked| asked != old.characters.unwrap_or(false))),
            ("length", new.length != old.length),
            ("min-length", new.min_length != old.min_length),
            ("symbols", new.symbols != old.symbols),
            ("layers", new.layers != old.layers),
            ("heads", new.heads != old.heads),
            ("d-model", new.d_model != old.d_model),
            ("d-ff", new.d_ff != old.d_ff),
            ("positions", new.positions != old.positions),
            ("norm", new.norm != old.norm),
            ("activation", new.activation != old.activation),
            ("tie-weights", new.tie_weights != old.tie_weights),
        ];
        match made_with.into_iter().find(|(_, is_other)| *is_other) {
            Some((name, _)) => Err(LabError::Fixed { name }),
            None => Ok(()),
        }
    }

    /// The architecture, where it was given.
    ///
    /// # Errors
    ///
    /// When it is unknown.
    pub fn architecture(&self) -> Result<Option<Architecture>, LabError> {
        self.architecture.as_deref().map(|name| choice("architecture", name, &ARCHITECTURES)).transpose()
    }

    /// Sets what was given but task, architecture and pairs, and leaves the rest.
    ///
    /// # Errors
    ///
    /// When a word is unknown, or a size is given that the task does not let choose.
    pub fn apply(&self, config: &mut RunConfig) -> Result<(), LabError> {
        let spec = config.task.spec;
        let sizes = [("length", self.length), ("min-length", self.min_length), ("symbols", self.symbols)];
        if let Some((name, _)) = sizes.into_iter().find(|(_, size)| size.is_some() && !spec.has_sizes()) {
            return Err(LabError::NoSize { task: spec.name, name });
        }
        let RunConfig { task, model, training, .. } = config;
        if let Some(length) = self.length {
            // One size, unless a range is asked for.
            (task.min_length, task.length) = (None, length);
        }
        task.min_length = self.min_length.or(task.min_length);
        task.symbols = self.symbols.unwrap_or(task.symbols);
        model.n_layers = self.layers.unwrap_or(model.n_layers);
        model.n_heads = self.heads.unwrap_or(model.n_heads);
        model.d_model = self.d_model.unwrap_or(model.d_model);
        model.d_ff = self.d_ff.unwrap_or(model.d_ff);
        model.dropout = self.dropout.unwrap_or(model.dropout);
        if let Some(positions) = &self.positions {
            model.positions = choice("positions", positions, &POSITIONS)?;
        }
        if let Some(norm) = &self.norm {
            model.norm = choice("norm", norm, &NORMS)?;
        }
        if let Some(activation) = &self.activation {
            model.activation = choice("activation", activation, &ACTIVATIONS)?;
        }
        model.tie_weights = self.tie_weights.unwrap_or(model.tie_weights);
        training.seed = self.seed.unwrap_or(training.seed);
        training.batch_size = self.batch_size.unwrap_or(training.batch_size);
        training.learning_rate = self.learning_rate.unwrap_or(training.learning_rate);
        training.max_steps = self.max_steps.unwrap_or(training.max_steps);
        if let Some(schedule) = &self.schedule {
            training.set_schedule(choice("schedule", schedule, &SCHEDULES)?);
        }
        if let Some(warmup_steps) = self.warmup_steps {
            training.set_warmup(warmup_steps);
        }
        training.decay_steps = self.decay_steps.unwrap_or(training.decay_steps);
        Ok(())
    }

    /// The settings of a run, all filled in, but for sizes that its task does not let choose, and the text of its pairs.
    pub fn of(config: &RunConfig) -> Self {
        let RunConfig { task, model, training, .. } = config;
        let StoredTask { name, architecture, length, min_length, symbols, file } = task.clone().into();
        let size = |size: usize| task.spec.has_sizes().then_some(size);
        Self {
            task: Some(name),
            architecture: Some(word(architecture)),
            layers: Some(model.n_layers),
            heads: Some(model.n_heads),
            d_model: Some(model.d_model),
            d_ff: Some(model.d_ff),
            length: size(length),
            min_length: min_length.and_then(size),
            symbols: size(symbols),
            positions: Some(word(model.positions)),
            norm: Some(word(model.norm)),
            activation: Some(word(model.activation)),
            tie_weights: Some(model.tie_weights),
            dropout: Some(model.dropout),
            batch_size: Some(training.batch_size),
            learning_rate: Some(training.learning_rate),
            schedule: Some(word(training.schedule)),
            warmup_steps: Some(training.warmup_steps),
            decay_steps: Some(training.decay_steps),
            max_steps: Some(training.max_steps),
            seed: Some(training.seed),
            pairs: None,
            characters: file.map(|pairs| pairs.spelling() == Spelling::Characters),
        }
    }
}

/// Refuses pairs that would fill a page's memory.
pub(crate) fn check_pairs(text: &str) -> Result<(), LabError> {
    if text.len() > MOST_PAIRS { Err(LabError::ManyPairs { max: MOST_PAIRS >> 20 }) } else { Ok(()) }
}
