use headlight_device::DeviceName;
use headlight_model::{Activation, Architecture, NormPlacement, Positions, TransformerConfig};
use serde::{Deserialize, Serialize};

use crate::{MAX_HELD_OUT, Replicas, Schedule, Task, TrainError};

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
    /// Where the blocks normalise.
    pub norm: NormPlacement,
    /// What bends the feed-forward layers.
    pub activation: Activation,
    /// Whether the decoder's token vectors are its output layer too.
    pub tie_weights: bool,
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
    /// AdamW's decay of the weights, as a share of the learning rate.
    pub weight_decay: f64,
    /// Gradients are scaled down to this common norm.
    pub max_gradient_norm: f64,
    /// The share of held-out examples that must be answered without an error: the task is solved then, and the run ends.
    pub bar: f64,
    /// The run ends here even if the task is not solved.
    pub max_steps: usize,
    /// Steps from one evaluation to the next.
    pub evaluate_every: usize,
    /// Held-out examples to evaluate on.
    pub held_out: usize,
    /// Steps from one kept record to the next; 0 keeps none but the last.
    pub record_every: usize,
    /// Steps from one checkpoint to the next; 0 keeps one only when the run ends or is stopped.
    pub checkpoint_every: usize,
    /// Seed of the weights, the batches and the dropout.
    pub seed: u64,
    /// Replicas of the model, each on a thread of its own.
    pub threads: usize,
    /// What the tensors are computed on.
    pub device: DeviceName,
}

/// A model for teaching that needs more is a mistake in a flag.
const MAX_GIGABYTES: u128 = 64;

/// The layout that this Headlight writes and reads.
pub(crate) const CONFIG_VERSION: u32 = 2;

impl RunConfig {
    /// The model that the run trains.
    pub fn model(&self) -> TransformerConfig {
        TransformerConfig {
            architecture: self.task.architecture,
            vocab_size: self.task.vocabulary_size(),
            max_length: self.task.max_length(),
            d_model: self.d_model,
            n_heads: self.n_heads,
            n_layers: self.n_layers,
            d_ff: self.d_ff,
            dropout: self.dropout,
            positions: self.positions,
            norm: self.norm,
            activation: self.activation,
            tie_weights: self.tie_weights,
            seed: self.seed,
        }
    }

    /// Says whether the run can be trained, before anything is written.
    ///
    /// # Errors
    ///
    /// Names what is wrong and what it may be.
    pub fn check(&self) -> Result<(), TrainError> {
        self.task.check()?;
        self.model().check()?;
        self.check_schedule()?;
        let sizes = [
            ("layers", self.n_layers, 64),
            ("d-model", self.d_model, 8192),
            ("d-ff", self.d_ff, 65_536),
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
            ("bar", self.bar, self.bar > 0.0 && self.bar <= 1.0, "above 0 and at most 1"),
        ];
        for (name, value, good, expected) in numbers {
            if !(good && value.is_finite()) {
                return Err(TrainError::Number { name, value, expected });
            }
        }
        if !self.device.takes_threads() && self.threads != 1 {
            return Err(TrainError::DeviceThreads { device: self.device });
        }
        let gigabytes = self.training_bytes() >> 30;
        if gigabytes > MAX_GIGABYTES {
            return Err(TrainError::Memory { gigabytes, max: MAX_GIGABYTES });
        }
        Replicas::check(self.threads)
    }

    /// Roughly what a training step holds at once: weights, gradients and AdamW's two averages, and what backward needs of
    /// each layer. Made to refuse what can only end in a failed allocation, not to measure.
    fn training_bytes(&self) -> u128 {
        let size = |numbers: &[usize]| numbers.iter().map(|number| *number as u128).product::<u128>();
        let (layers, width, length) = (self.n_layers, self.d_model, self.task.max_length());
        let vocab_size = self.task.vocabulary_size();
        let weights = size(&[layers, width, 4 * width + 2 * self.d_ff]) + 2 * size(&[vocab_size, width]);
        // Where the batch's weights are not kept, the record still has those of one example.
        let kept = if self.keeps_attention() { self.batch_size } else { 1 };
        let attention = 6 * size(&[layers, kept, self.n_heads, length, length]);
        let stream = size(&[layers, self.batch_size, length, 16 * width + 3 * self.d_ff]);
        let logits = 4 * size(&[self.batch_size, length, vocab_size]);
        let halves = if self.task.architecture == Architecture::EncoderDecoder { 3 } else { 1 };
        4 * (halves * (4 * weights + attention + stream) + logits)
    }

    /// Whether backward keeps a weight for each query and key: flex computes long rows of them anew, but for those that dropout
    /// was at, or that ALiBi shifted.
    fn keeps_attention(&self) -> bool {
        let is_short = self.task.max_length() <= headlight_flex::kernels::attention::SHORT;
        is_short || self.dropout > 0.0 || self.device != DeviceName::Flex || self.positions == Positions::Alibi
    }

    /// As many numbers as the model has, or fewer.
    pub(crate) fn fewest_weights(&self) -> u128 {
        let size = |numbers: &[usize]| numbers.iter().map(|number| *number as u128).product::<u128>();
        let blocks = size(&[self.n_layers, self.d_model, 4 * self.d_model + 2 * self.d_ff]);
        blocks + size(&[self.task.vocabulary_size(), self.d_model])
    }
}

pub(crate) fn check_range(name: &'static str, value: usize, min: usize, max: usize) -> Result<(), TrainError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(TrainError::Range { name, value, min, max }) }
}

/// The processor's cores, up to eight: with more replicas, each would have fewer than 8 of a batch's 64 sequences, too little
/// to do.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks;

    #[test]
    #[cfg(feature = "flex")]
    fn long_attention_counts_only_where_it_is_kept() {
        let mut long = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
        (long.task.length, long.n_layers, long.n_heads) = (512, 6, 8);
        long.check().expect("flex computes the weights anew");
        // Five times and more of 6 layers, 64 sequences, 8 heads, 1025 queries and as many keys.
        let kept = 5 * 4 * 6 * 64 * 8 * 1025 * 1025;
        for keeping in [
            RunConfig { dropout: 0.1, ..long.clone() },
            RunConfig { device: DeviceName::Ndarray, ..long.clone() },
            RunConfig { positions: Positions::Alibi, ..long.clone() },
        ] {
            assert!(matches!(keeping.check(), Err(TrainError::Memory { .. })));
            assert!(keeping.training_bytes() - long.training_bytes() > kept);
        }
        assert!(long.training_bytes() > 4 * 6 * 64 * 1025 * 8 * 64, "what is kept of each token still counts");

        // Up to 64 tokens they are kept everywhere. BOS, 31 symbols, SEP, and 30 of the answer's make 63.
        let with_heads = |length: usize, n_heads: usize| {
            let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
            (config.task.length, config.n_heads) = (length, n_heads);
            config.training_bytes()
        };
        let an_example = 4 * 6 * 2 * 4;
        assert_eq!(with_heads(31, 8) - with_heads(31, 4), 64 * an_example * 63 * 63);
        assert_eq!(with_heads(32, 8) - with_heads(32, 4), an_example * 65 * 65);
    }
}
