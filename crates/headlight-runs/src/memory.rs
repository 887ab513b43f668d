//! How much memory a training takes, roughly: to refuse what can only end in a failed allocation.

use headlight_device::DeviceName;
use headlight_model::{Architecture, Positions};

use crate::{RunConfig, RunConfigError};

/// A model for teaching that needs more is a mistake in a flag.
const MAX_GIGABYTES: u128 = 64;
/// The configuration and the names of tensors in a checkpoint, in bytes.
const MAX_HEADER: u128 = 8 << 20;

impl RunConfig {
    /// Refuses a training that takes more memory than an ordinary machine has.
    pub(crate) fn check_memory(&self) -> Result<(), RunConfigError> {
        let gigabytes = self.training_bytes() >> 30;
        if gigabytes > MAX_GIGABYTES {
            return Err(RunConfigError::Memory { gigabytes, max: MAX_GIGABYTES });
        }
        Ok(())
    }

    /// Roughly what a training step holds at once: parameters, gradients and AdamW's two averages, and what backward needs of
    /// each layer.
    pub fn training_bytes(&self) -> u128 {
        let (layers, width, length) = (self.model.n_layers, self.model.d_model, self.task.max_length());
        let (vocab_size, batch_size) = (self.task.vocabulary_size(), self.training.batch_size);
        let parameters = product(&[layers, width, 4 * width + 2 * self.model.d_ff]) + 2 * product(&[vocab_size, width]);
        // Where the batch's attention weights are not kept, the record still has those of one example.
        let kept = if self.keeps_attention() { batch_size } else { 1 };
        let attention = 6 * product(&[layers, kept, self.model.n_heads, length, length]);
        let stream = product(&[layers, batch_size, length, 16 * width + 3 * self.model.d_ff]);
        let logits = 4 * product(&[batch_size, length, vocab_size]);
        let halves = if self.task.architecture == Architecture::EncoderDecoder { 3 } else { 1 };
        4 * (halves * (4 * parameters + attention + stream) + logits)
    }

    /// Whether backward keeps a weight for each query and key: flex computes long rows of them anew, but for those that dropout
    /// was at, or that ALiBi shifted.
    fn keeps_attention(&self) -> bool {
        let is_short = self.task.max_length() <= headlight_flex::kernels::attention::SHORT;
        let is_alibi = self.model.positions == Positions::Alibi;
        is_short || self.model.dropout > 0.0 || self.device != DeviceName::Flex || is_alibi
    }

    /// Roughly what a pass over one example of so many positions holds at once where all that it computes is kept, as a trace does.
    pub fn trace_bytes(&self, length: usize) -> u128 {
        let (layers, width) = (self.model.n_layers, self.model.d_model);
        let attention = 2 * product(&[self.model.n_heads, length, length]);
        let stream = product(&[length, 12 * width + 2 * self.model.d_ff]);
        let halves = if self.task.architecture == Architecture::EncoderDecoder { 3 } else { 1 };
        4 * (halves * layers as u128 * (attention + stream) + 3 * product(&[length, self.task.vocabulary_size()]))
    }

    /// As many bytes as a checkpoint has, or more: its parameters, AdamW's two averages of each, and what they are called.
    pub(crate) fn most_checkpoint_bytes(&self) -> u128 {
        let (layers, width, d_ff) = (self.model.n_layers, self.model.d_model, self.model.d_ff);
        // Biases and norms are a few rows, and an encoder-decoder has three attentions for a decoder's one.
        let blocks = 3 * product(&[layers, 4 * width * width + 2 * width * d_ff + 16 * width + d_ff]);
        let rows = 3 * self.task.vocabulary_size() + 2 * self.task.max_length() + 8;
        let parameters = blocks + product(&[rows, width]) + self.task.vocabulary_size() as u128;
        MAX_HEADER + 3 * 4 * parameters
    }

    /// As many numbers as the model has, or fewer.
    pub(crate) fn fewest_parameters(&self) -> u128 {
        let blocks = product(&[self.model.n_layers, self.model.d_model, 4 * self.model.d_model + 2 * self.model.d_ff]);
        blocks + product(&[self.task.vocabulary_size(), self.model.d_model])
    }
}

fn product(numbers: &[usize]) -> u128 {
    numbers.iter().map(|number| *number as u128).product()
}

#[cfg(test)]
#[cfg(feature = "flex")]
mod tests {
    use headlight_train::tasks;

    use super::*;

    #[test]
    fn long_attention_counts_only_where_it_is_kept() {
        let mut long = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
        (long.task.length, long.model.n_layers, long.model.n_heads) = (512, 6, 8);
        long.check().expect("flex computes the weights anew");
        // Five times and more of 6 layers, 64 sequences, 8 heads, 1025 queries and as many keys.
        let kept = 5 * 4 * 6 * 64 * 8 * 1025 * 1025;
        let edits: [fn(&mut RunConfig); 3] = [
            |config| config.model.dropout = 0.1,
            |config| config.device = DeviceName::Ndarray,
            |config| config.model.positions = Positions::Alibi,
        ];
        for edit in edits {
            let mut keeping = long.clone();
            edit(&mut keeping);
            assert!(matches!(keeping.check(), Err(RunConfigError::Memory { .. })));
            assert!(keeping.training_bytes() - long.training_bytes() > kept);
        }
        assert!(long.training_bytes() > 4 * 6 * 64 * 1025 * 8 * 64, "what is kept of each token still counts");

        // Up to 64 tokens they are kept everywhere. BOS, 31 symbols, SEP, and 30 of the answer's make 63.
        let with_heads = |length: usize, n_heads: usize| {
            let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
            (config.task.length, config.model.n_heads) = (length, n_heads);
            config.training_bytes()
        };
        let an_example = 4 * 6 * 2 * 4;
        assert_eq!(with_heads(31, 8) - with_heads(31, 4), 64 * an_example * 63 * 63);
        assert_eq!(with_heads(32, 8) - with_heads(32, 4), an_example * 65 * 65);
    }

    #[test]
    fn a_trace_that_fills_the_memory_is_not_taken_for_a_small_one_where_addresses_have_32_bits() {
        let mut wide = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
        (wide.model.n_layers, wide.model.n_heads, wide.model.d_model, wide.model.d_ff) = (16, 128, 128, 64);
        let bytes = wide.trace_bytes(1025);
        assert!(bytes > 16 << 30, "{bytes}");
        // In numbers of 32 bits it would look like what a page can hold.
        assert!(u128::from((bytes / 4) as u32) < 1 << 26);
    }
}
