//! What a task is trained with by default; docs/tasks.md has what that reaches, and how it was chosen.

use crate::{Schedule, Task, TaskDefaults, TrainingConfig};

impl TrainingConfig {
    /// The defaults of a task, chosen to solve it in few seconds with the default model.
    pub fn for_task(task: &Task) -> Self {
        let defaults = (task.spec.defaults)(task.architecture);
        let TaskDefaults { learning_rate, warmup_steps, decay_steps, target, evaluate_every, held_out, .. } = defaults;
        Self {
            batch_size: 64,
            learning_rate,
            schedule: Schedule::Cosine,
            warmup_steps,
            decay_steps,
            weight_decay: 0.01,
            max_gradient_norm: 1.0,
            target,
            max_steps: 3000,
            evaluate_every,
            held_out,
            seed: 0,
        }
    }
}
