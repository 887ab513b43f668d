//! A task, its model and its training, as a test changes them.
#![allow(dead_code)] // no test needs all of it

use headlight_device::DeviceName;
use headlight_model::{Architecture, TransformerConfig};
use headlight_train::{ModelConfig, Replicas, Task, TaskSpec, Training, TrainingConfig};

#[derive(Clone)]
pub struct Setup {
    pub task: Task,
    pub model: ModelConfig,
    pub training: TrainingConfig,
    pub threads: usize,
}

impl Setup {
    /// The defaults of a task, on one thread.
    pub fn new(name: &'static TaskSpec, architecture: Architecture) -> Self {
        Self::of(Task::new(name, architecture))
    }

    pub fn of(task: Task) -> Self {
        Self { training: TrainingConfig::for_task(&task), model: ModelConfig::default(), task, threads: 1 }
    }

    pub fn transformer(&self) -> TransformerConfig {
        self.model.for_task(&self.task, self.training.seed)
    }

    pub fn start(&self) -> Training {
        let replicas = Replicas::new(self.threads).expect("a few threads");
        let device = DeviceName::default().open().expect("the default device");
        Training::new(&self.transformer(), self.task.clone(), self.training.clone(), replicas, &device)
            .expect("a good configuration")
    }
}

pub fn with(mut config: Setup, edit: impl FnOnce(&mut Setup)) -> Setup {
    edit(&mut config);
    config
}
