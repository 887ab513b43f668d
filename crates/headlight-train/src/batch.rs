use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{Architecture, Tokens};

use crate::Task;

/// Examples as tensors, for one teacher-forced pass: the model reads the right answer so far and predicts the next token.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The encoder's sequences, where there is an encoder: `[batch_size, source_length]`.
    pub source: Option<Tokens>,
    /// The decoder's: the prompt, then the answer but its last token, `[batch_size, target_length]`.
    pub target: Tokens,
    /// The answers, `[batch_size, answer_length]`.
    pub answer: Tensor<2, Int>,
    /// The position at which the first token of the answer is predicted.
    pub answer_start: usize,
}

impl Batch {
    /// Lays out the examples of a task.
    ///
    /// # Panics
    ///
    /// When `sources` is empty or its members differ in length.
    pub fn new(task: &Task, sources: &[Vec<usize>], device: &Device) -> Self {
        let prompts: Vec<_> = sources.iter().map(|source| task.prompt(source)).collect();
        let answers: Vec<_> = sources.iter().map(|source| task.answer(source)).collect();
        let targets: Vec<_> = prompts
            .iter()
            .zip(&answers)
            .map(|(prompt, answer)| [&prompt.target, &answer[..answer.len() - 1]].concat())
            .collect();
        Self {
            source: (task.architecture == Architecture::EncoderDecoder).then(|| int_tensor(sources, device).into()),
            target: int_tensor(&targets, device).into(),
            answer: int_tensor(&answers, device),
            answer_start: prompts[0].target.len() - 1,
        }
    }
}

/// Rows of equal length as `[rows, length]`.
pub(crate) fn int_tensor(rows: &[Vec<usize>], device: &Device) -> Tensor<2, Int> {
    let length = rows[0].len();
    assert!(rows.iter().all(|row| row.len() == length), "sequences in one batch have one length");
    let numbers: Vec<i64> = rows.iter().flatten().map(|id| *id as i64).collect();
    Tensor::from_data(TensorData::new(numbers, [rows.len(), length]), device)
}
