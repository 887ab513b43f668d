//! A run found again on disk: its model on a device, its attention, its result.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use headlight_device::{DeviceError, DeviceName};
use headlight_model::{Positions, Transformer, parameters_from_safetensors};
use headlight_record::{AttentionRecord, RecordError, check_safetensors, records_from_bytes};

use crate::config_file::read_config;
use crate::run::{ATTENTION, MODEL, RESULT, RunResult, read, read_result};
use crate::{Example, MAX_INPUT, RunConfig, TrainError, generate, load_pairs, records};

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
    /// Why it is not on the device that it was trained on.
    device_error: Option<DeviceError>,
    /// Why the user's file of pairs could not be read again.
    pairs_error: Option<TrainError>,
}

impl SavedRun {
    /// Reads a run's configuration and model. A run can be looked at on any device: where the one that it was trained on does not
    /// open, it is the default one.
    ///
    /// # Errors
    ///
    /// When the directory holds no run or one that has no result, a file is damaged or was written by a newer or older Headlight, or no device opens.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        Self::open_with(path, |trained_on| match trained_on.open() {
            Ok(device) => Ok((trained_on, device, None)),
            Err(error) => Ok((DeviceName::default(), DeviceName::default().open()?, Some(error))),
        })
    }

    /// Reads a run's configuration and model onto a device.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), or when this device does not open.
    pub fn open_on(path: &Path, device: DeviceName) -> Result<Self, TrainError> {
        Self::open_with(path, |_| Ok((device, device.open()?, None)))
    }

    fn open_with(
        path: &Path,
        choose: impl FnOnce(DeviceName) -> Result<(DeviceName, Device, Option<DeviceError>), TrainError>,
    ) -> Result<Self, TrainError> {
        let mut config = read_config(path)?;
        // The last file of all: without it, the model may be of an earlier step than the run, or of an earlier run.
        if !path.join(RESULT).exists() {
            return Err(TrainError::Unfinished { path: path.to_owned() });
        }
        // Right answers are known where the user's file is still there and the same; without it, the model still answers.
        let pairs_error = config.task.file.as_mut().and_then(|pairs| load_pairs(pairs).err());
        let (device_name, device, device_error) = choose(config.device)?;
        let model_path = path.join(MODEL);
        let weights = read(path, MODEL)?;
        check_safetensors(&weights).map_err(|error| TrainError::damaged(&model_path, error))?;
        config.check_size_of(&weights).map_err(|error| TrainError::damaged(&model_path, error))?;
        let model = parameters_from_safetensors(config.model().init(&device), &weights)
            .map_err(|error| TrainError::damaged(&model_path, error))?;
        Ok(Self { config, model, device, device_name, path: path.to_owned(), device_error, pairs_error })
    }

    /// Why [`open`](Self::open) took the default device instead of the one that the run was trained on; `None` where it did not.
    pub fn device_error(&self) -> Option<&DeviceError> {
        self.device_error.as_ref()
    }

    /// Why the right answers of the task `file` are not known; `None` where they are, and for the other tasks.
    pub fn pairs_error(&self) -> Option<&TrainError> {
        self.pairs_error.as_ref()
    }

    /// What the model attended to when the run ended.
    ///
    /// # Errors
    ///
    /// When the file is missing or damaged.
    pub fn records(&self) -> Result<Vec<AttentionRecord>, TrainError> {
        let bytes = read(&self.path, ATTENTION)?;
        let damaged =
            |error: RecordError| RecordError::Damaged { path: self.path.join(ATTENTION), reason: error.to_string() };
        Ok(records_from_bytes(&bytes).map_err(damaged)?)
    }

    /// What the model attends to on the same example, computed anew on its device.
    ///
    /// # Errors
    ///
    /// When the run's result is missing or damaged, or the pairs of the task `file` are not known.
    pub fn records_anew(&self) -> Result<Vec<AttentionRecord>, TrainError> {
        let task = &self.config.task;
        if let Some(pairs) = task.file.as_ref().filter(|pairs| !pairs.is_loaded()) {
            load_pairs(&mut pairs.clone())?; // says why it could not be loaded when the run was opened
        }
        self.records_of(&task.held_out(self.config.seed, self.config.held_out).examples[0])
    }

    /// What the model attends to on an input.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode), or when the run's result is missing or damaged.
    pub fn records_on(&self, input: &str) -> Result<Vec<AttentionRecord>, TrainError> {
        self.records_of(&self.example(input)?)
    }

    fn records_of(&self, example: &Example) -> Result<Vec<AttentionRecord>, TrainError> {
        records(&self.model, &self.config.task, example, Some(self.result()?.steps), &self.device)
    }

    /// How the run ended.
    ///
    /// # Errors
    ///
    /// When the file is missing or damaged.
    pub fn result(&self) -> Result<RunResult, TrainError> {
        read_result(&self.path)
    }

    /// The numbers of an input's tokens.
    ///
    /// # Errors
    ///
    /// When a token is unknown, there is none, the whole is no question of the task, or there are more than the model can read.
    pub fn encode(&self, input: &str) -> Result<Vec<usize>, TrainError> {
        let task = &self.config.task;
        let source = task.encode(input)?;
        if self.config.positions == Positions::Learned {
            let (needed, places) = (task.positions(&source), task.max_length());
            return if needed > places { Err(TrainError::InputPlaces { needed, places }) } else { Ok(source) };
        }
        let max = task.max_source().max(MAX_INPUT);
        if source.len() > max {
            return Err(TrainError::LongInput { length: source.len(), max });
        }
        Ok(source)
    }

    /// An input with its right answer; with the model's own where nobody knows a right one.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub fn example(&self, input: &str) -> Result<Example, TrainError> {
        let source = self.encode(input)?;
        let answer = match self.config.task.answer(&source) {
            Some(answer) => answer,
            None => generate(&self.model, &self.config.task, std::slice::from_ref(&source), &self.device).remove(0),
        };
        Ok(Example { source, answer })
    }
}
