use headlight_model::{Activation, NormPlacement, Positions, TransformerConfig};
use serde::{Deserialize, Serialize};

use crate::setting_error::SettingError;
use crate::{MAX_HELD_OUT, Schedule, Task};

/// What is to be chosen of a task's model. The task says the rest: which halves it has, how many tokens, and how long they get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Blocks of the decoder, and as many of the encoder.
    pub n_layers: usize,
    /// Heads of each attention.
    pub n_heads: usize,
    /// Width of the model.
    pub d_model: usize,
    /// Width of the feed-forward layers between their two projections.
    pub d_ff: usize,
    /// Probability of dropping a value during training.
    pub dropout: f64,
    /// How positions are encoded.
    pub positions: Positions,
    /// Where the blocks normalise.
    pub norm: NormPlacement,
    /// The activation of the feed-forward layers.
    pub activation: Activation,
    /// Whether the decoder's token vectors are its output layer too.
    pub tie_weights: bool,
}

/// What decides a training besides its model and its task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingConfig {
    /// Examples a step.
    pub batch_size: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// How it changes from step to step.
    pub schedule: Schedule,
    /// Steps over which the learning rate rises to its full height; 0 where the schedule is constant.
    pub warmup_steps: usize,
    /// The step by which a cosine schedule has fallen to a tenth; 0 for the others.
    pub decay_steps: usize,
    /// AdamW's weight decay, as a share of the learning rate.
    pub weight_decay: f64,
    /// Gradients are scaled down to this common norm.
    pub max_gradient_norm: f64,
    /// The exact match on the validation set at which the task is solved, and training ends.
    pub target: f64,
    /// Training ends here even if the task is not solved.
    pub max_steps: usize,
    /// Steps from one evaluation to the next.
    pub evaluate_every: usize,
    /// Size of the validation set: held-out examples to evaluate on.
    pub held_out: usize,
    /// Seed of the initial parameters, the batches and the dropout.
    pub seed: u64,
}

impl ModelConfig {
    /// The model of a task.
    pub fn for_task(&self, task: &Task, seed: u64) -> TransformerConfig {
        TransformerConfig {
            architecture: task.architecture,
            vocab_size: task.vocabulary_size(),
            max_length: task.max_length(),
            d_model: self.d_model,
            n_heads: self.n_heads,
            n_layers: self.n_layers,
            d_ff: self.d_ff,
            dropout: self.dropout,
            positions: self.positions,
            norm: self.norm,
            activation: self.activation,
            tie_weights: self.tie_weights,
            seed,
        }
    }

    /// Says whether the sizes are those of a model for teaching. What a model needs to be one,
    /// [`TransformerConfig::check`] says.
    ///
    /// # Errors
    ///
    /// Names the size that is out of its range.
    pub fn check(&self) -> Result<(), SettingError> {
        check_range("layers", self.n_layers, 1, 64)?;
        check_range("d-model", self.d_model, 1, 8192)?;
        check_range("d-ff", self.d_ff, 1, 65_536)
    }
}

impl Default for ModelConfig {
    /// The model crate's defaults: two layers of four heads, which learn every task.
    fn default() -> Self {
        let TransformerConfig {
            n_layers,
            n_heads,
            d_model,
            d_ff,
            dropout,
            positions,
            norm,
            activation,
            tie_weights,
            ..
        } = TransformerConfig::decoder(1);
        Self { n_layers, n_heads, d_model, d_ff, dropout, positions, norm, activation, tie_weights }
    }
}

impl TrainingConfig {
    /// Says whether this can be trained with.
    ///
    /// # Errors
    ///
    /// Names what is wrong and what it may be.
    pub fn check(&self) -> Result<(), SettingError> {
        self.check_schedule()?;
        let sizes = [
            ("batch-size", self.batch_size, 65_536),
            ("max-steps", self.max_steps, 1_000_000_000),
            ("evaluate-every", self.evaluate_every, 1_000_000_000),
            ("held-out", self.held_out, MAX_HELD_OUT),
        ];
        for (name, value, max) in sizes {
            check_range(name, value, 1, max)?;
        }
        let positive = "a positive number";
        let numbers = [
            ("learning-rate", self.learning_rate, self.learning_rate > 0.0, positive),
            ("max-gradient-norm", self.max_gradient_norm, self.max_gradient_norm > 0.0, positive),
            ("weight-decay", self.weight_decay, self.weight_decay >= 0.0, "0 or more"),
            ("target", self.target, self.target > 0.0 && self.target <= 1.0, "above 0 and at most 1"),
        ];
        for (name, value, good, expected) in numbers {
            if !(good && value.is_finite()) {
                return Err(SettingError::Number { name, value, expected });
            }
        }
        Ok(())
    }
}

pub(crate) fn check_range(name: &'static str, value: usize, min: usize, max: usize) -> Result<(), SettingError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(SettingError::Range { name, value, min, max }) }
}
