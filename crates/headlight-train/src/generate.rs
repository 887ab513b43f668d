use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{DecoderCache, Transformer};

use crate::Task;
use crate::batch::int_tensor;

/// Sequences that a model is in the midst of writing, all of one length so far.
struct Generation<'a> {
    model: &'a Transformer,
    cache: DecoderCache,
    targets: Vec<Vec<usize>>,
    device: &'a Device,
}

/// What the model answers to each source, token by token: the most likely token each time.
///
/// # Panics
///
/// When `sources` is empty, its members differ in length, or the model does not fit the task.
pub fn generate(model: &Transformer, task: &Task, sources: &[Vec<usize>], device: &Device) -> Vec<Vec<usize>> {
    let mut generation = Generation::begin(model, task, sources, device);
    let prompt_length = generation.targets[0].len();
    for _ in 0..task.answer(&sources[0]).len() {
        let next = generation.next_tokens();
        generation.push(&next);
    }
    generation.targets.into_iter().map(|target| target[prompt_length..].to_vec()).collect()
}

/// How many of the sources the model answers without an error, generating token by token.
///
/// A sequence is dropped at its first wrong token: it can no longer become right, and early in training that saves nearly
/// all of the work.
///
/// # Panics
///
/// As [`generate`], but no sources are 0 right.
pub fn count_exact(model: &Transformer, task: &Task, sources: &[Vec<usize>], device: &Device) -> usize {
    // Small batches stay in the processor's cache.
    const BATCH_SIZE: usize = 64;
    sources.chunks(BATCH_SIZE).map(|sources| count_exact_in_batch(model, task, sources, device)).sum()
}

fn count_exact_in_batch(model: &Transformer, task: &Task, sources: &[Vec<usize>], device: &Device) -> usize {
    let mut answers: Vec<_> = sources.iter().map(|source| task.answer(source)).collect();
    let mut generation = Generation::begin(model, task, sources, device);
    for at in 0..answers[0].len() {
        let next = generation.next_tokens();
        generation.push(&next);
        let right: Vec<usize> = (0..next.len()).filter(|row| next[*row] == answers[*row][at]).collect();
        if right.is_empty() {
            return 0;
        }
        if right.len() < next.len() {
            generation.keep(&right);
            answers = right.iter().map(|row| answers[*row].clone()).collect();
        }
    }
    answers.len()
}

impl<'a> Generation<'a> {
    fn begin(model: &'a Transformer, task: &Task, sources: &[Vec<usize>], device: &'a Device) -> Self {
        let memory = model.has_encoder().then(|| model.encode(&int_tensor(sources, device).into()));
        let targets = sources.iter().map(|source| task.prompt(source).target).collect();
        Self { model, cache: model.start_decoding(memory.as_ref()), targets, device }
    }

    /// The most likely next token of each sequence.
    fn next_tokens(&mut self) -> Vec<usize> {
        let read = self.cache.length();
        let unread: Vec<_> = self.targets.iter().map(|target| target[read..].to_vec()).collect();
        let new_tokens = unread[0].len();
        let logits = self.model.decode_next(&int_tensor(&unread, self.device), &mut self.cache);
        let next: Tensor<3, Int> = logits.narrow(1, new_tokens - 1, 1).argmax(2);
        next.into_data().iter::<i64>().map(|id| id as usize).collect()
    }

    fn push(&mut self, next: &[usize]) {
        for (target, next) in self.targets.iter_mut().zip(next) {
            target.push(*next);
        }
    }

    /// Goes on with these rows only.
    fn keep(&mut self, rows: &[usize]) {
        self.targets = rows.iter().map(|row| std::mem::take(&mut self.targets[*row])).collect();
        let numbers: Vec<i64> = rows.iter().map(|row| *row as i64).collect();
        self.cache.select(&Tensor::from_data(TensorData::new(numbers, [rows.len()]), self.device));
    }
}
