//! What each task is trained with by default; docs/tasks.md has what that reaches, and how it was chosen.

use headlight_device::DeviceName;
use headlight_model::{Activation, Architecture, NormPlacement, Positions};

use crate::config::CONFIG_VERSION;
use crate::{PairFile, RunConfig, Schedule, Task, TaskName, default_threads};

impl RunConfig {
    /// The defaults of a task, chosen to solve it in few seconds.
    ///
    /// `file` has no pairs yet: see [`for_file`](Self::for_file).
    pub fn for_task(name: TaskName, architecture: Architecture) -> Self {
        let decoder = architecture == Architecture::Decoder;
        let copy = Self {
            version: CONFIG_VERSION,
            tour: false,
            task: task(name, architecture),
            n_layers: 2,
            n_heads: 4,
            d_model: 64,
            d_ff: 256,
            dropout: 0.0,
            positions: Positions::Sinusoidal,
            norm: NormPlacement::Pre,
            activation: Activation::Relu,
            tie_weights: false,
            batch_size: 64,
            // The diagonal is easier to find with an encoder, and a lower rate leaves less noise to get rid of.
            learning_rate: if decoder { 8e-3 } else { 3e-3 },
            schedule: Schedule::Cosine,
            warmup_steps: 10,
            decay_steps: 70,
            weight_decay: 0.01,
            max_gradient_norm: 1.0,
            bar: 1.0,
            max_steps: 3000,
            evaluate_every: 10,
            held_out: 512,
            record_every: 0,
            checkpoint_every: 100,
            seed: 0,
            threads: default_threads(),
            device: DeviceName::default(),
        };
        let longer = Self {
            learning_rate: 3e-3,
            warmup_steps: 20,
            decay_steps: 1000,
            bar: 0.99,
            evaluate_every: 25,
            ..copy.clone()
        };
        match name {
            TaskName::Copy => copy,
            TaskName::Reverse => Self { decay_steps: 100, ..copy },
            TaskName::Repeat => Self { decay_steps: 500, bar: 1.0, ..longer },
            TaskName::Sort => Self { decay_steps: 600, ..longer },
            TaskName::Recall | TaskName::Induction => Self { decay_steps: 800, ..longer },
            TaskName::Brackets => Self { decay_steps: 1500, ..longer },
            TaskName::Addition => Self { decay_steps: 1000, ..longer },
            TaskName::Dates => Self { decay_steps: 1000, bar: 0.995, held_out: 1000, evaluate_every: 50, ..longer },
            TaskName::File => longer,
        }
    }

    /// The defaults for the pairs of a file.
    pub fn for_file(pairs: PairFile, architecture: Architecture) -> Self {
        let mut config = Self::for_task(TaskName::File, architecture);
        config.task.length = pairs.longest_source();
        config.task.symbols = pairs.tokens().len();
        config.task.file = Some(pairs);
        config
    }
}

fn task(name: TaskName, architecture: Architecture) -> Task {
    let (min_length, length, symbols) = match name {
        TaskName::Copy | TaskName::Reverse => (None, 10, 16),
        TaskName::Repeat => (Some(3), 6, 10),
        TaskName::Sort => (None, 8, 10),
        TaskName::Recall => (None, 6, 16),
        TaskName::Induction => (None, 12, 24),
        TaskName::Brackets => (Some(6), 12, 2),
        TaskName::Addition => (None, 3, 10),
        TaskName::Dates => (None, 18, 42),
        TaskName::File => (None, 1, 1),
    };
    Task { name, architecture, length, min_length, symbols, file: None }
}
