//! A run found again on disk: its model on a device, its attention, its result.

mod at_checkpoint;
mod parameters;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use headlight_device::{DeviceError, DeviceName};
use headlight_model::{Positions, Transformer, parameters_from_safetensors};
use headlight_record::{AttentionRecord, records_from_bytes};
use headlight_train::{Evaluation, Example, MAX_HELD_OUT, Task, evaluate, generate, records};

use crate::config_file::read_config;
use crate::files::Files;
use crate::layout::Layout;
use crate::run::read_result;
use crate::{QuestionError, RunConfig, RunError, RunResult};

/// A run found on disk.
pub struct SavedRun {
    /// What it was asked to do.
    pub config: RunConfig,
    /// The trained model.
    pub model: Transformer,
    /// What the model is on.
    pub device: Device,
    /// Its name: the device that the run was trained on, unless another was asked for or that one does not open here.
    pub device_name: DeviceName,
    path: PathBuf,
    /// The step of the model, where it is not that of the run's end.
    step: Option<usize>,
    /// Why it is not on the device that it was trained on.
    device_error: Option<DeviceError>,
    /// Why the user's file of pairs could not be read again.
    pairs_error: Option<RunError>,
}

impl SavedRun {
    /// Reads a run's configuration and model. A run can be looked at on any device: where the one that it was trained on does not
    /// open, or is another machine's, it is the default one.
    ///
    /// # Errors
    ///
    /// When the directory holds no run or one that has no result, a file is damaged
    /// or was written by a newer or older Headlight, or no device opens.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        Self::open_with(path, |trained_on| match trained_on.open_unasked() {
            Ok(device) => Ok((trained_on.first(), device, None)),
            Err(error) => Ok((DeviceName::default(), DeviceName::default().open()?, Some(error))),
        })
    }

    /// Reads a run's configuration and model onto a device.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), or when this device does not open.
    pub fn open_on(path: &Path, device: DeviceName) -> Result<Self, RunError> {
        Self::open_with(path, |_| {
            let opened = device.open()?;
            Ok((device, opened, None))
        })
    }

    fn open_with(
        path: &Path,
        choose: impl FnOnce(DeviceName) -> Result<(DeviceName, Device, Option<DeviceError>), RunError>,
    ) -> Result<Self, RunError> {
        let files = Files::In(path);
        let mut config = read_config(files)?;
        // The last file of all: without it, the model may be of an earlier step than the run, or of an earlier run.
        if !path.join(Layout::RESULT).exists() {
            return Err(RunError::Unfinished { path: path.to_owned() });
        }
        // Right answers are known where the user's file is still there and the same; without it, the model still answers.
        let pairs_error = config.load_pairs(files).err();
        let (device_name, device, device_error) = choose(config.device.clone())?;
        let model_path = path.join(Layout::MODEL);
        let parameters = files.read(Layout::MODEL)?;
        config.check_size_of(&parameters).map_err(|damage| RunError::damaged(&model_path, damage))?;
        let model = parameters_from_safetensors(config.transformer().init(&device), &parameters)
            .map_err(|error| RunError::damaged(&model_path, error))?;
        Ok(Self { config, model, device, device_name, path: path.to_owned(), step: None, device_error, pairs_error })
    }

    /// Why [`open`](Self::open) took the default device instead of the one that the run was trained on; `None` where it did not.
    pub fn device_error(&self) -> Option<&DeviceError> {
        self.device_error.as_ref()
    }

    /// Why the correct answers of the task `file` are not known; `None` where they are, and for the other tasks.
    pub fn pairs_error(&self) -> Option<&RunError> {
        self.pairs_error.as_ref()
    }

    /// What the model attended to when the run ended.
    ///
    /// # Errors
    ///
    /// When the file is missing or damaged.
    pub fn records(&self) -> Result<Vec<AttentionRecord>, RunError> {
        let bytes = Files::In(&self.path).read(Layout::ATTENTION)?;
        records_from_bytes(&bytes).map_err(|error| RunError::damaged(&self.path.join(Layout::ATTENTION), error))
    }

    /// What the model attends to on the same example, computed anew on its device.
    ///
    /// # Errors
    ///
    /// When the run's result is missing or damaged, or the pairs of the task `file` are not known.
    pub fn records_anew(&self) -> Result<Vec<AttentionRecord>, RunError> {
        self.check_pairs()?;
        let RunConfig { task, training, .. } = &self.config;
        self.records_of(&task.held_out(training.seed, training.held_out).examples[0])
    }

    /// What the model attends to on an input.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode), or when the run's result is missing or damaged.
    pub fn records_on(&self, input: &str) -> Result<Vec<AttentionRecord>, RunError> {
        self.records_of(&self.example(input)?)
    }

    fn records_of(&self, example: &Example) -> Result<Vec<AttentionRecord>, RunError> {
        Ok(records(&self.model, &self.config.task, example, Some(self.step()?), &self.device)?)
    }

    /// The step after which the model was as it is here.
    ///
    /// # Errors
    ///
    /// When the run's result is missing or damaged.
    pub fn step(&self) -> Result<usize, RunError> {
        self.step.map_or_else(|| Ok(self.result()?.steps), Ok)
    }

    /// Held-out examples of the run's task: the first `count`, or as many as there are.
    ///
    /// # Errors
    ///
    /// When `count` is out of its range, or the pairs of the task `file` are not known.
    pub fn held_out(&self, count: usize) -> Result<Vec<Example>, RunError> {
        if !(1..=MAX_HELD_OUT).contains(&count) {
            return Err(QuestionError::Count { count }.into());
        }
        self.check_pairs()?;
        Ok(self.config.task.held_out(self.config.training.seed, count).examples)
    }

    /// How the run ended.
    ///
    /// # Errors
    ///
    /// When the file is missing or damaged.
    pub fn result(&self) -> Result<RunResult, RunError> {
        read_result(&self.path)
    }

    /// The ids of an input's tokens.
    ///
    /// # Errors
    ///
    /// As [`RunConfig::encode`].
    pub fn encode(&self, input: &str) -> Result<Vec<usize>, QuestionError> {
        self.config.encode(input)
    }

    /// An input with its correct answer; with the model's own where nobody knows a correct one.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub fn example(&self, input: &str) -> Result<Example, QuestionError> {
        let source = self.encode(input)?;
        let answer = match self.config.task.answer(&source) {
            Some(answer) => answer,
            None => generate(&self.model, &self.config.task, std::slice::from_ref(&source), &self.device).remove(0),
        };
        Ok(Example { source, answer })
    }

    /// The task with examples of a length, such as the model was perhaps not trained on; without one, the run's own.
    ///
    /// # Errors
    ///
    /// When the task has no such length, or learned positions do not reach so far.
    pub fn task_of_length(&self, length: Option<usize>) -> Result<Task, QuestionError> {
        let trained_on = &self.config.task;
        let task = match length {
            None => trained_on.clone(),
            Some(length) => trained_on.with_length(length)?,
        };
        task.check_sizes()?;
        let (length, trained) = (task.length, trained_on.length);
        let (tokens, positions) = (task.max_length(), trained_on.max_length());
        if self.config.model.positions == Positions::Learned && tokens > positions {
            return Err(QuestionError::LearnedPositions { length, tokens, positions, trained });
        }
        Ok(task)
    }

    /// Asks the model `count` held-out questions of a task, or as many as there are.
    ///
    /// # Errors
    ///
    /// When `count` is out of its range, or no example of the task is held out.
    ///
    /// # Panics
    ///
    /// When the model does not fit the task.
    pub fn evaluate(&self, task: &Task, count: usize) -> Result<Evaluation, RunError> {
        if !(1..=MAX_HELD_OUT).contains(&count) {
            return Err(QuestionError::Count { count }.into());
        }
        self.check_pairs()?;
        let examples = task.held_out(self.config.training.seed, count).examples;
        if examples.is_empty() {
            return Err(QuestionError::NothingHeldOut { length: task.length }.into());
        }
        Ok(evaluate(&self.model, task, &examples, &self.device))
    }

    /// Says why the pairs could not be loaded when the run was opened, where they are asked for.
    fn check_pairs(&self) -> Result<(), RunError> {
        let is_missing = self.config.task.file.as_ref().is_some_and(|pairs| !pairs.is_loaded());
        if is_missing { self.config.clone().load_pairs(Files::In(&self.path)) } else { Ok(()) }
    }
}
