use headlight_model::{Architecture, DeviceName, Positions, TransformerConfig};
use serde::{Deserialize, Serialize};

use crate::task::{Task, TaskName};
use crate::{Replicas, TrainError};

/// Everything that decides how a run goes: the contents of `config.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// Version of this layout.
    pub version: u32,
    /// Whether the tour made the run; the tour replaces only its own.
    pub tour: bool,
    /// The task and its sizes.
    pub task: Task,
    /// Blocks of the decoder, and as many of the encoder.
    pub n_layers: usize,
    /// Heads of each attention.
    pub n_heads: usize,
    /// Width of the model.
    pub d_model: usize,
    /// Inner width of the feed-forward layers.
    pub d_ff: usize,
    /// Probability of dropping a value during training.
    pub dropout: f64,
    /// How places are told apart.
    pub positions: Positions,
    /// Sequences a step.
    pub batch_size: usize,
    /// The learning rate after warm-up.
    pub learning_rate: f64,
    /// Steps over which the learning rate rises to its full height.
    pub warmup_steps: usize,
    /// The step by which it has fallen to a tenth, where it stays.
    pub decay_steps: usize,
    /// AdamW's decay of the weights, as a share of the learning rate.
    pub weight_decay: f64,
    /// Gradients are scaled down to this common norm.
    pub max_gradient_norm: f64,
    /// The run ends here even if the task is not solved.
    pub max_steps: usize,
    /// Steps from one evaluation to the next.
    pub evaluate_every: usize,
    /// Held-out sequences to evaluate on.
    pub held_out: usize,
    /// Steps from one kept record to the next; 0 keeps none but the last.
    pub record_every: usize,
    /// Seed of the weights, the batches and the dropout.
    pub seed: u64,
    /// Replicas of the model, each on a thread of its own.
    pub threads: usize,
    /// What the tensors are computed on: `flex`, `ndarray` or `wgpu`.
    pub device: String,
}

/// The layout that this Headlight writes and reads.
pub(crate) const CONFIG_VERSION: u32 = 1;

impl RunConfig {
    /// The defaults for copying, chosen to solve it in few seconds; docs/training-to-copy.md says what was tried.
    pub fn copy(architecture: Architecture) -> Self {
        Self {
            version: CONFIG_VERSION,
            tour: false,
            task: Task { name: TaskName::Copy, architecture, length: 10, symbols: 16 },
            n_layers: 2,
            n_heads: 4,
            d_model: 64,
            d_ff: 256,
            dropout: 0.0,
            positions: Positions::Sinusoidal,
            batch_size: 64,
            learning_rate: 8e-3,
            warmup_steps: 10,
            decay_steps: 70,
            weight_decay: 0.01,
            max_gradient_norm: 1.0,
            max_steps: 3000,
            evaluate_every: 10,
            held_out: 512,
            record_every: 0,
            seed: 0,
            threads: default_threads(),
            device: DeviceName::default().to_string(),
        }
    }

    /// The model that the run trains.
    pub fn model(&self) -> TransformerConfig {
        TransformerConfig {
            architecture: self.task.architecture,
            vocab_size: self.task.vocabulary().size(),
            max_length: self.task.max_length(),
            d_model: self.d_model,
            n_heads: self.n_heads,
            n_layers: self.n_layers,
            d_ff: self.d_ff,
            dropout: self.dropout,
            positions: self.positions,
            seed: self.seed,
        }
    }

    /// The device by its name.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn device(&self) -> Result<DeviceName, TrainError> {
        Ok(self.device.parse()?)
    }

    /// Says whether the run can be trained, before anything is written.
    ///
    /// # Errors
    ///
    /// Names what is wrong and what it may be.
    pub fn check(&self) -> Result<(), TrainError> {
        self.task.check()?;
        self.model().check()?;
        let sizes = [
            ("layers", self.n_layers, 64),
            ("d-model", self.d_model, 8192),
            ("d-ff", self.d_ff, 65_536),
            ("batch-size", self.batch_size, 65_536),
            ("max-steps", self.max_steps, 1_000_000_000),
            ("evaluate-every", self.evaluate_every, 1_000_000_000),
            ("held-out", self.held_out, 65_536),
        ];
        for (name, value, max) in sizes {
            if value == 0 || value > max {
                return Err(TrainError::Range { name, value, min: 1, max });
            }
        }
        let positive = "a positive number";
        let numbers = [
            ("learning-rate", self.learning_rate, self.learning_rate > 0.0, positive),
            ("max-gradient-norm", self.max_gradient_norm, self.max_gradient_norm > 0.0, positive),
            ("weight-decay", self.weight_decay, self.weight_decay >= 0.0, "0 or more"),
        ];
        for (name, value, good, expected) in numbers {
            if !(good && value.is_finite()) {
                return Err(TrainError::Number { name, value, expected });
            }
        }
        if self.device()? == DeviceName::Wgpu && self.threads != 1 {
            return Err(TrainError::DeviceThreads { device: self.device.clone() });
        }
        Replicas::check(self.threads)
    }

    /// The learning rate of a step, counted from 1: it rises in a straight line, falls to a tenth along half a cosine wave,
    /// and stays there.
    pub fn learning_rate_at(&self, step: usize) -> f64 {
        const FLOOR: f64 = 0.1;
        let (step, warmup, decay) = (step as f64, self.warmup_steps as f64, self.decay_steps as f64);
        let factor = if step < warmup {
            step / warmup
        } else if step < decay {
            let progress = (step - warmup) / (decay - warmup);
            FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
        } else {
            FLOOR
        };
        self.learning_rate * factor
    }
}

/// The processor's cores, up to eight: a batch of 64 cut into smaller parts than that gives each too little to do.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8))
}
