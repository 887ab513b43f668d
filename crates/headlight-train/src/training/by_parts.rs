//! Training by workers that share no memory: each holds the whole model, computes its part of every step, and makes the step of the
//! sum of all parts. So all stay equal, and equal to [`Replicas`](crate::Replicas) of the same count.

use burn::module::Module;

use super::{StepOutcome, Training};
use crate::generate::count_exact;
use crate::gradients::{from_numbers, to_numbers};
use crate::part::{Part, answer_tokens, parts};
use crate::replicas::replica;
use crate::step::{BatchScore, forward_backward};
use crate::tally::Tally;
use crate::{Batch, Example, TrainError};

impl Training {
    /// One worker's part of the step that comes next, as numbers that are to be added to those of the other parts, one by one: first
    /// part 1's to part 0's, then part 2's to that, and so on. [`step_by_parts`](Self::step_by_parts) takes the sum.
    ///
    /// The first numbers are, for each part of the batch, its loss and how many tokens were right at each position in the answers; all
    /// but this part's are 0. Then come the gradients of the parameters, each row by row, in the model's order.
    pub fn part_of_step(&self, part: Part) -> Vec<f32> {
        let examples = self.next_examples();
        let header = Header::of(&examples, part.shards());
        let mut numbers = vec![0.0; header.length()];
        let mine = part.of(&examples);
        if mine.is_empty() {
            numbers.resize(header.length() + self.model.num_params(), 0.0);
            return numbers;
        }
        let (score, gradients) = self.replicas.run_alone(|| {
            let replica = replica(&self.model, self.next_key(), part.shard(), &self.device);
            let share = answer_tokens(mine) as f64 / answer_tokens(&examples) as f64;
            forward_backward(&replica, &Batch::new(&self.task, mine, &self.device), share)
        });
        header.write(part.shard(), &score, &mut numbers);
        numbers.extend(to_numbers(&self.model, &gradients));
        numbers
    }

    /// Takes the step of which this is the sum of all parts. An evaluation that [is due](Self::is_evaluation_due) then is the
    /// caller's to make: [`count_right_of`](Self::count_right_of) and [`evaluated_by_parts`](Self::evaluated_by_parts).
    ///
    /// # Errors
    ///
    /// When the loss is no number any more, or the sum is none of this step; nothing is changed then.
    pub fn step_by_parts(&mut self, sum: &[f32], shards: usize) -> Result<StepOutcome, TrainError> {
        let examples = self.next_examples();
        let header = Header::of(&examples, shards);
        let expected = header.length() + self.model.num_params();
        if sum.len() != expected {
            return Err(TrainError::Sum { found: sum.len(), expected });
        }
        let (first, rest) = sum.split_at(header.length());
        let score = header.read(first);
        let gradients = from_numbers(&self.model, rest, &self.device.clone().inner());
        self.update(&examples, score, gradients)
    }

    /// How many held-out answers of this part are generated without an error.
    pub fn count_right_of(&self, part: Part) -> usize {
        let device = self.device.clone().inner();
        let model = self.model();
        self.replicas.run_alone(|| count_exact(&model, &self.task, part.of(&self.held_out.examples), &device))
    }

    /// Remembers how many held-out answers of all parts together were generated without an error, and returns their share, as
    /// [`evaluate`](Self::evaluate) does by itself.
    ///
    /// # Errors
    ///
    /// When that is more than there are.
    pub fn evaluated_by_parts(&mut self, right: usize) -> Result<f64, TrainError> {
        let held_out = self.held_out.examples.len();
        if right > held_out {
            return Err(TrainError::Right { right, held_out });
        }
        Ok(self.evaluated(right))
    }
}

/// What stands before the gradients: for each part of the batch, its loss, then a count for each position in the answers.
struct Header {
    /// Of each part.
    asked: Vec<Vec<usize>>,
    /// Tokens of each part.
    tokens: Vec<usize>,
    shards: usize,
    positions: usize,
}

impl Header {
    fn of(examples: &[Example], shards: usize) -> Self {
        let parts = parts(examples, shards);
        let longest = |examples: &[Example]| examples.iter().map(|example| example.answer.len()).max().unwrap_or(0);
        let asked = |part: &&[Example]| -> Vec<usize> {
            (0..longest(part)).map(|at| part.iter().filter(|example| example.answer.len() > at).count()).collect()
        };
        let tokens = parts.iter().map(|part| answer_tokens(part)).collect();
        Self { asked: parts.iter().map(asked).collect(), tokens, shards, positions: longest(examples) }
    }

    fn length(&self) -> usize {
        self.shards * (1 + self.positions)
    }

    fn write(&self, shard: usize, score: &BatchScore, numbers: &mut [f32]) {
        let mine = &mut numbers[shard * (1 + self.positions)..];
        mine[0] = score.loss as f32; // it was one before
        for (number, tally) in mine[1..].iter_mut().zip(&score.by_position) {
            *number = tally.right as f32;
        }
    }

    /// The score of the whole batch, added up as [`Replicas`](crate::Replicas) does.
    fn read(&self, numbers: &[f32]) -> BatchScore {
        let all: usize = self.tokens.iter().sum();
        let mut total = BatchScore::default();
        let parts = numbers.chunks_exact(1 + self.positions).zip(&self.asked).zip(&self.tokens);
        for ((numbers, asked), tokens) in parts {
            let tallies =
                numbers[1..].iter().zip(asked).map(|(right, asked)| Tally { right: *right as usize, asked: *asked });
            let by_position: Vec<Tally> = tallies.collect();
            let right: usize = by_position.iter().map(|tally| tally.right).sum();
            let token_accuracy = right as f64 / *tokens as f64;
            let score = BatchScore { loss: f64::from(numbers[0]), token_accuracy, by_position };
            total.add(*tokens as f64 / all as f64, &score);
        }
        total
    }
}
