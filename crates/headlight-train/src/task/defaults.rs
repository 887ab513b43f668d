/// What a task is trained with by default, where tasks differ: chosen to solve it in few seconds. docs/tasks.md has what that
/// reaches, and how it was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDefaults {
    /// The largest length of an example.
    pub length: usize,
    /// The smallest length; `None`: all have the same.
    pub min_length: Option<usize>,
    /// Different symbols.
    pub symbols: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Steps over which the learning rate rises.
    pub warmup_steps: usize,
    /// The step by which it has fallen to a tenth.
    pub decay_steps: usize,
    /// The share of validation examples that must be answered without an error: the task is solved then.
    pub target: f64,
    /// Steps from one evaluation to the next.
    pub evaluate_every: usize,
    /// Validation examples.
    pub held_out: usize,
}

impl Default for TaskDefaults {
    /// Enough for a search by content, in two layers.
    fn default() -> Self {
        Self {
            length: 8,
            min_length: None,
            symbols: 10,
            learning_rate: 3e-3,
            warmup_steps: 20,
            decay_steps: 1000,
            target: 0.99,
            evaluate_every: 25,
            held_out: 512,
        }
    }
}
