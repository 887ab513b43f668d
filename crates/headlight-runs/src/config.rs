use std::collections::BTreeMap;

use burn::tensor::Device;
use headlight_device::{DeviceError, DeviceName};
use headlight_model::{Architecture, TransformerConfig};
use headlight_train::{ModelConfig, PairFile, Replicas, Task, TaskSpec, TrainError, Training, TrainingConfig};
use serde::{Deserialize, Serialize};

use crate::config_error::RunConfigError;
use crate::error::RunError;

/// Everything that decides how a run goes: the contents of `config.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// Version of this layout.
    pub version: u32,
    /// Whether the tour made the run; the tour replaces only its own.
    pub tour: bool,
    /// The task and its sizes.
    pub task: Task,
    /// The model that learns it.
    pub model: ModelConfig,
    /// How it is trained.
    pub training: TrainingConfig,
    /// Steps from one kept record to the next; 0 keeps none but the last.
    pub record_every: usize,
    /// Steps from one kept set of parameters to the next; 0 keeps none but the last.
    #[serde(default, skip_serializing_if = "is_0")]
    pub keep_parameters_every: usize,
    /// Steps from one checkpoint to the next; 0 keeps one only when the run ends or is stopped.
    pub checkpoint_every: usize,
    /// Replicas of the model, each on a thread of its own.
    pub threads: usize,
    /// What the tensors are computed on.
    pub device: DeviceName,
    /// Where the run was resumed with other settings, as a page may do: then the settings above are those of its last steps, and no
    /// training makes it again from them alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Branch>,
}

/// A step after which a run went on with other settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// The last step with the settings before.
    pub step: usize,
    /// Of each setting that was another one up to there, by its key, the value that it had; `None` where it had none.
    pub before: BTreeMap<String, Option<String>>,
}

/// A run that keeps no parameters on the way says nothing of it, as before it could.
fn is_0(count: &usize) -> bool {
    *count == 0
}

/// The layout that this Headlight writes and reads. Up to the second one, a run kept no list of its files.
pub(crate) const CONFIG_VERSION: u32 = 3;

impl RunConfig {
    /// The defaults of a task, chosen to solve it in few seconds.
    ///
    /// `file` has no pairs yet: see [`for_pairs`](Self::for_pairs).
    pub fn for_task(spec: &'static TaskSpec, architecture: Architecture) -> Self {
        Self::of(Task::new(spec, architecture))
    }

    /// The defaults for the pairs of a file.
    pub fn for_pairs(pairs: PairFile, architecture: Architecture) -> Self {
        Self::of(Task::of_pairs(pairs, architecture))
    }

    fn of(task: Task) -> Self {
        Self {
            version: CONFIG_VERSION,
            tour: false,
            model: ModelConfig::default(),
            training: TrainingConfig::for_task(&task),
            task,
            record_every: 0,
            keep_parameters_every: 0,
            checkpoint_every: 100,
            threads: default_threads(),
            device: DeviceName::default(),
            branches: Vec::new(),
        }
    }

    /// The model that the run trains.
    pub fn transformer(&self) -> TransformerConfig {
        self.model.for_task(&self.task, self.training.seed)
    }

    /// The device that holds the model, and those that compute parts of a batch, where they are others: with several servers, the model
    /// stays on this machine.
    ///
    /// # Errors
    ///
    /// When one of them cannot be opened.
    pub fn open_devices(&self) -> Result<(Device, Vec<Device>), DeviceError> {
        let parts = self.device.open_parts()?;
        let model = if parts.is_empty() { self.device.open()? } else { DeviceName::default().open()? };
        Ok((model, parts))
    }

    /// The training at its first step, on the run's device.
    ///
    /// # Errors
    ///
    /// When the configuration is refused, its device does not open, or no threads can be had.
    pub fn start(&self) -> Result<Training, RunError> {
        self.check()?;
        let (device, parts) = self.open_devices()?;
        let replicas = if parts.is_empty() { Replicas::new(self.threads)? } else { Replicas::on_devices(parts)? };
        Ok(Training::new(&self.transformer(), self.task.clone(), self.training.clone(), replicas, &device)?)
    }

    /// Says whether the run can be trained, before anything is written.
    ///
    /// # Errors
    ///
    /// Names what is wrong and what it may be.
    pub fn check(&self) -> Result<(), RunConfigError> {
        self.task.check().map_err(TrainError::from)?;
        self.transformer().check()?;
        self.training.check().map_err(TrainError::from)?;
        self.model.check().map_err(TrainError::from)?;
        if !self.device.takes_threads() && self.threads != 1 {
            return Err(RunConfigError::DeviceThreads { device: self.device.clone() });
        }
        self.check_memory()?;
        Ok(Replicas::check(self.threads)?)
    }
}

/// The processor's cores, up to eight: with more replicas, each would have fewer than 8 of a batch's 64 sequences, too little
/// to do.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8))
}
