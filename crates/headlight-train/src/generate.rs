use std::collections::BTreeMap;

use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{DecoderCache, Transformer};

use crate::batch::int_tensor;
use crate::task::Prompt;
use crate::{Example, Task};

/// Small batches stay in the processor's cache.
const BATCH_SIZE: usize = 64;

/// Sequences that a model is in the midst of writing, all of one length so far.
struct Generation<'a> {
    model: &'a Transformer,
    cache: DecoderCache,
    targets: Vec<Vec<usize>>,
    /// What each sequence reads instead of what was said, from the first token said on.
    asked: Vec<Option<Vec<usize>>>,
    device: &'a Device,
}

/// What the model answers to each question, token by token: the most likely token each time, until it says `END`, or has said as
/// many tokens as the answer has where answers have no `END`.
///
/// # Panics
///
/// When the model does not fit the task, or a question is empty.
pub fn generate(model: &Transformer, task: &Task, sources: &[Vec<usize>], device: &Device) -> Vec<Vec<usize>> {
    let mut answers = vec![Vec::new(); sources.len()];
    for group in groups(sources) {
        let chosen: Vec<&[usize]> = group.iter().map(|at| &sources[*at][..]).collect();
        let mut generation = Generation::begin(model, task, &chosen, device);
        let limit = chosen.iter().map(|source| task.says_at_most(source)).collect::<Vec<_>>();
        let mut unfinished: Vec<(usize, usize)> = group.iter().copied().zip(limit).collect();
        while !unfinished.is_empty() {
            let next = generation.next_tokens();
            let mut kept = Vec::with_capacity(next.len());
            for (row, ((at, limit), token)) in unfinished.iter().zip(&next).enumerate() {
                answers[*at].push(*token);
                if Some(*token) != task.end() && answers[*at].len() < *limit {
                    kept.push(row);
                }
            }
            generation.push(&next);
            if kept.len() < next.len() {
                unfinished = kept.iter().map(|row| unfinished[*row]).collect();
                generation.keep(&kept);
            }
        }
    }
    answers
}

/// How many of the examples the model answers without an error, generating token by token.
///
/// A sequence is dropped at its first wrong token: it can no longer become right, and early in training that saves nearly
/// all of the work.
///
/// # Panics
///
/// As [`generate`].
pub fn count_exact(model: &Transformer, task: &Task, examples: &[Example], device: &Device) -> usize {
    let sources: Vec<_> = examples.iter().map(|example| &example.source[..]).collect();
    let mut exact = 0;
    for group in groups(&sources) {
        let chosen: Vec<&[usize]> = group.iter().map(|at| sources[*at]).collect();
        let mut answers: Vec<&[usize]> = group.iter().map(|at| &examples[*at].answer[..]).collect();
        let mut generation = Generation::begin(model, task, &chosen, device);
        while !answers.is_empty() {
            let next = generation.next_tokens();
            let right: Vec<usize> = (0..next.len()).filter(|row| next[*row] == answers[*row][0]).collect();
            let (ended, kept): (Vec<usize>, Vec<usize>) = right.into_iter().partition(|row| answers[*row].len() == 1);
            exact += ended.len();
            generation.push(&next);
            if kept.len() < next.len() {
                generation.keep(&kept);
            }
            answers = kept.iter().map(|row| &answers[*row][1..]).collect();
        }
    }
    exact
}

/// The indices of sequences that can be written side by side, since they are equally long.
fn groups(sources: &[impl AsRef<[usize]>]) -> Vec<Vec<usize>> {
    let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, source) in sources.iter().enumerate() {
        by_length.entry(source.as_ref().len()).or_default().push(at);
    }
    by_length.values().flat_map(|indices| indices.chunks(BATCH_SIZE).map(<[usize]>::to_vec)).collect()
}

impl<'a> Generation<'a> {
    fn begin(model: &'a Transformer, task: &Task, sources: &[&[usize]], device: &'a Device) -> Self {
        let prompts: Vec<Prompt> = sources.iter().map(|source| task.prompt(source)).collect();
        let read: Option<Vec<_>> = prompts.iter().map(|prompt| prompt.source.clone()).collect();
        let memory = read.map(|sources| model.encode(&int_tensor(&sources, device).into()));
        let (targets, asked) = prompts.into_iter().map(|prompt| (prompt.target, prompt.asked)).unzip();
        Self { model, cache: model.start_decoding(memory.as_ref()), targets, asked, device }
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

    /// Reads on: what was said, or what is asked next.
    fn push(&mut self, next: &[usize]) {
        for ((target, asked), said) in self.targets.iter_mut().zip(&mut self.asked).zip(next) {
            let read = match asked {
                Some(asked) if asked.is_empty() => *said, // the last answer, which nobody reads
                Some(asked) => asked.remove(0),
                None => *said,
            };
            target.push(read);
        }
    }

    /// Goes on with these rows only.
    fn keep(&mut self, rows: &[usize]) {
        if rows.is_empty() {
            return; // nobody goes on
        }
        self.targets = rows.iter().map(|row| std::mem::take(&mut self.targets[*row])).collect();
        self.asked = rows.iter().map(|row| self.asked[*row].take()).collect();
        let numbers: Vec<i64> = rows.iter().map(|row| *row as i64).collect();
        self.cache.select(&Tensor::from_data(TensorData::new(numbers, [rows.len()]), self.device));
    }
}
