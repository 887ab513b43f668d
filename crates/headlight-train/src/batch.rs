use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use headlight_model::Tokens;

use crate::tally::Tally;
use crate::{Example, Task};

/// Examples as tensors, for one teacher-forced pass: the model reads the right answer so far and predicts the next token.
///
/// Examples of differing lengths stand in one batch: the shorter ones are filled up behind their end.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The encoder's sequences, where there is an encoder: `[batch_size, source_length]`, with their padding where they differ
    /// in length.
    pub source: Option<Tokens>,
    /// The decoder's: the prompt, then the answer but its last token, `[batch_size, target_length]`. Their padding needs no mask:
    /// it stands behind every token that is asked, where a decoder does not look.
    pub target: Tokens,
    /// The answers one after the other, `[answer_tokens]`.
    pub answer: Tensor<1, Int>,
    /// Where each token of the answers is predicted, `[answer_tokens]`: the row of all positions of the batch, sequence after
    /// sequence, `[batch_size × target_length]`. What other positions predict is not asked, and has no loss.
    pub predicted_at: Tensor<1, Int>,
    /// How many tokens each answer has.
    pub answer_lengths: Vec<usize>,
}

impl Batch {
    /// Lays out the examples of a task.
    ///
    /// # Panics
    ///
    /// When there is no example.
    pub fn new(task: &Task, examples: &[Example], device: &Device) -> Self {
        let sources: Option<Vec<_>> = examples.iter().map(|example| task.prompt(&example.source).source).collect();
        let targets: Vec<_> = examples.iter().map(|example| task.target(example)).collect();
        let target_length = longest(&targets);
        // An answer's last token is predicted where the target ends.
        let positions = targets.iter().zip(examples).enumerate().flat_map(|(row, (target, example))| {
            let end = row * target_length + target.len();
            end - example.answer.len()..end
        });
        Self {
            source: sources.map(|sources| padded(&sources, device)),
            target: Tokens { padding: None, ..padded(&targets, device) },
            answer: numbers(examples.iter().flat_map(|example| example.answer.iter().copied()), device),
            predicted_at: numbers(positions, device),
            answer_lengths: examples.iter().map(|example| example.answer.len()).collect(),
        }
    }

    /// How many tokens are predicted.
    pub fn answer_tokens(&self) -> usize {
        let [answer_tokens] = self.answer.dims();
        answer_tokens
    }

    /// What was right of each position in the answers; `right` is of their tokens one after the other.
    pub(crate) fn by_position(&self, right: &[bool]) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.answer_lengths.iter().copied().max().unwrap_or(0)];
        let positions = self.answer_lengths.iter().flat_map(|length| 0..*length);
        for (position, right) in positions.zip(right) {
            tallies[position].right += usize::from(*right);
            tallies[position].asked += 1;
        }
        tallies
    }
}

/// Rows filled up to one length, with their padding where it differs.
fn padded(rows: &[Vec<usize>], device: &Device) -> Tokens {
    let length = longest(rows);
    let is_padded = rows.iter().any(|row| row.len() < length);
    let padding = is_padded.then(|| {
        let cells: Vec<bool> = rows.iter().flat_map(|row| (0..length).map(|position| position >= row.len())).collect();
        Tensor::<2, Bool>::from_data(TensorData::new(cells, [rows.len(), length]), device)
    });
    // Any token will do: nobody looks at it.
    let filled: Vec<Vec<usize>> = rows.iter().map(|row| [&row[..], &vec![0; length - row.len()]].concat()).collect();
    Tokens { padding, ..int_tensor(&filled, device).into() }
}

fn longest(rows: &[Vec<usize>]) -> usize {
    rows.iter().map(Vec::len).max().expect("a batch holds an example")
}

/// Rows of equal length as `[rows, length]`.
pub(crate) fn int_tensor(rows: &[Vec<usize>], device: &Device) -> Tensor<2, Int> {
    let length = rows[0].len();
    assert!(rows.iter().all(|row| row.len() == length), "rows of one tensor have one length");
    numbers(rows.iter().flatten().copied(), device).reshape([rows.len(), length])
}

fn numbers(numbers: impl Iterator<Item = usize>, device: &Device) -> Tensor<1, Int> {
    let numbers: Vec<i64> = numbers.map(|number| number as i64).collect();
    let count = numbers.len();
    Tensor::from_data(TensorData::new(numbers, [count]), device)
}
