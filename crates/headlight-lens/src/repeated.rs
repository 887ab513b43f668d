//! Random tokens that come twice, and what the marks among a model's tokens are called.

use std::collections::BTreeSet;

use burn::tensor::{Int, Tensor, TensorData};
use headlight_model::{AttentionKind, Sequences, Tokens, Traceable, keyed_generator};
use rand::RngExt;

use crate::examples::{Example, ExampleBatch, Examples};

/// What the first token of a sequence is called where it says nothing but that a sequence begins.
const BEGINNINGS: [&str; 6] = ["BOS", "<s>", "<bos>", "[CLS]", "<|endoftext|>", "<|begin_of_text|>"];
/// Other tokens that stand for no symbol or word.
const MARKS: [&str; 7] = ["SEP", "END", "</s>", "<eos>", "[SEP]", "[PAD]", "<pad>"];
/// So many sequences are drawn.
const SEQUENCES: usize = 64;
/// Tells these random numbers from those of other purposes that have the same seed.
const PURPOSE: u64 = 0x4e9e;

/// Whether a token says nothing but that a sequence begins.
pub(crate) fn is_beginning(token: &str) -> bool {
    BEGINNINGS.contains(&token)
}

/// Whether a model goes on with random tokens that come twice: it is a decoder alone.
pub fn takes_repeated_tokens<M: Traceable + ?Sized>(model: &M) -> bool {
    model.n_layers(AttentionKind::DecoderSelf) > 0 && model.n_layers(AttentionKind::EncoderSelf) == 0
}

impl Examples<Sequences> {
    /// How many random tokens come twice where nobody asks for another number: half as many as the longest target has.
    pub fn repeated_length(&self) -> usize {
        let longest = self.iter().map(|example| example.target.len()).max().unwrap_or(0);
        longest.saturating_sub(1) / 2
    }

    /// 64 sequences for a decoder that nobody can go on with who does not look back: what begins the examples, if anything does, then
    /// `length` random tokens, then the same again. On such sequences Elhage et al.
    /// ([2021](https://transformer-circuits.pub/2021/framework/index.html)) and Olsson et al. ([2022](https://arxiv.org/abs/2209.11895))
    /// look for induction heads. The tokens are drawn, with repetition, from those that the examples' targets hold, without marks such as
    /// `SEP`. Vocabulary, origin and seed are those of the examples; nothing is asked, and nothing needed.
    ///
    /// `None` where there is none to draw from, or the length is less than 2: one token that comes twice repeats at every distance.
    pub fn of_repeated_tokens(&self, length: usize) -> Option<Self> {
        let name = |token: usize| self.vocabulary[token].as_str();
        let tokens: BTreeSet<usize> = self.iter().flat_map(|example| example.target.iter().copied()).collect();
        let is_symbol = |token: &usize| !is_beginning(name(*token)) && !MARKS.contains(&name(*token));
        let symbols: Vec<usize> = tokens.into_iter().filter(is_symbol).collect();
        if symbols.is_empty() || length < 2 {
            return None;
        }

        let first = self.iter().find_map(|example| example.target.first().copied());
        let begin = first.filter(|token| is_beginning(name(*token)));
        let mut generator = keyed_generator([self.seed, PURPOSE, length as u64, 0]);
        let mut target = || {
            let once: Vec<usize> = (0..length).map(|_| symbols[generator.random_range(0..symbols.len())]).collect();
            begin.into_iter().chain(once.clone()).chain(once).collect::<Vec<usize>>()
        };
        let targets: Vec<Vec<usize>> = (0..SEQUENCES).map(|_| target()).collect();
        let shape = [SEQUENCES, targets[0].len()];
        let ids: Vec<i64> = targets.iter().flatten().map(|token| *token as i64).collect();
        let device = self.batches[0].input.target.ids.device();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, shape), &device);
        let example = |target| Example { source: Vec::new(), target, answer: Vec::new(), needed: Default::default() };
        let batch = ExampleBatch {
            input: Sequences { source: None, target: Tokens::from(ids) },
            examples: targets.into_iter().map(example).collect(),
        };
        Some(Self { batches: vec![batch], ..self.clone() })
    }
}
