use headlight_model::Positions;

use crate::config::check_range;
use crate::step::batch_loss;
use crate::{Batch, MAX_HELD_OUT, SavedRun, TrainError, count_exact, load_pairs};

/// How a trained model does on examples of one size.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The smallest and the largest size of the examples.
    pub lengths: [usize; 2],
    /// How many there were.
    pub examples: usize,
    /// Share of them that the model answers without an error, token by token.
    pub exact_match: f64,
    /// Share of the answers' tokens that it predicts rightly, each behind the right ones before it.
    pub token_accuracy: f64,
}

impl SavedRun {
    /// Asks the model `count` held-out questions, or as many as there are: of the sizes that it was trained on, or of another.
    ///
    /// # Errors
    ///
    /// When the task has no such size, no example of it is held out, or learned positions do not reach so far.
    ///
    /// # Panics
    ///
    /// When the model does not fit the task.
    pub fn evaluate(&self, length: Option<usize>, count: usize) -> Result<Evaluation, TrainError> {
        // Small batches stay in the processor's cache.
        const BATCH_SIZE: usize = 64;

        check_range("count", count, 1, MAX_HELD_OUT)?;
        let task = match length {
            None => self.config.task.clone(),
            Some(length) => self.config.task.with_length(length)?,
        };
        task.check_sizes()?;
        if let Some(pairs) = task.file.as_ref().filter(|pairs| !pairs.is_loaded()) {
            load_pairs(&mut pairs.clone())?; // says why it could not be loaded when the run was opened
        }
        let (length, trained) = (task.length, self.config.task.length);
        let (tokens, places) = (task.max_length(), self.config.task.max_length());
        if self.config.positions == Positions::Learned && tokens > places {
            return Err(TrainError::LearnedPlaces { length, tokens, places, trained });
        }
        let examples = task.held_out(self.config.seed, count).examples;
        if examples.is_empty() {
            return Err(TrainError::NothingHeldOut { length });
        }

        let exact = count_exact(&self.model, &task, &examples, &self.device);
        let (mut right, mut answer_tokens) = (0.0, 0);
        for examples in examples.chunks(BATCH_SIZE) {
            let batch = Batch::new(&task, examples, &self.device);
            let (_, accuracy) = batch_loss(&self.model, &batch);
            right += accuracy * batch.answer_tokens() as f64;
            answer_tokens += batch.answer_tokens();
        }
        Ok(Evaluation {
            lengths: [task.shortest(), task.length],
            examples: examples.len(),
            exact_match: exact as f64 / examples.len() as f64,
            token_accuracy: right / answer_tokens as f64,
        })
    }
}
