//! What a run is trained with by default; docs/tasks.md has what that reaches, and how it was chosen.

use headlight_device::DeviceName;
use headlight_model::{Activation, Architecture, NormPlacement, Positions};

use crate::config::CONFIG_VERSION;
use crate::{PairFile, RunConfig, Schedule, Task, TaskDefaults, TaskSpec, default_threads};

impl RunConfig {
    /// The defaults of a task with its default sizes.
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
        let defaults = (task.spec.defaults)(task.architecture);
        let TaskDefaults { learning_rate, warmup_steps, decay_steps, target, evaluate_every, held_out, .. } = defaults;
        Self {
            version: CONFIG_VERSION,
            tour: false,
            task,
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
            learning_rate,
            schedule: Schedule::Cosine,
            warmup_steps,
            decay_steps,
            weight_decay: 0.01,
            max_gradient_norm: 1.0,
            bar: target,
            max_steps: 3000,
            evaluate_every,
            held_out,
            record_every: 0,
            checkpoint_every: 100,
            seed: 0,
            threads: default_threads(),
            device: DeviceName::default(),
        }
    }
}
