//! Examples without a task: sequences of tokens, side by side.

use std::collections::BTreeMap;

use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{Sequences, Tokens};

use crate::LensError;
use crate::examples::{Example, ExampleBatch, Examples};
use crate::partners::shape;

impl ExampleBatch<Sequences> {
    /// Examples in batches of one shape each, so that none has padding, of at most so many tokens, or of one example: what a lens keeps of
    /// a pass grows with them. A model that is an encoder alone reads the source.
    ///
    /// # Panics
    ///
    /// When an example has no token.
    pub fn of_sequences(examples: Vec<Example>, most_tokens: usize, device: &Device) -> Vec<Self> {
        let mut by_shape: BTreeMap<[usize; 4], Vec<Example>> = BTreeMap::new();
        for example in examples {
            by_shape.entry(shape(&example)).or_default().push(example);
        }
        let batch = |examples: &[Example]| {
            let tokens = |of: fn(&Example) -> &Vec<usize>| {
                let rows: Vec<&Vec<usize>> = examples.iter().map(of).filter(|row| !row.is_empty()).collect();
                let length = rows.first()?.len();
                let ids: Vec<i64> = rows.iter().flat_map(|row| row.iter()).map(|id| *id as i64).collect();
                let ids = TensorData::new(ids, [rows.len(), length]);
                Some(Tokens::from(Tensor::<2, Int>::from_data(ids, device)))
            };
            let input = match (tokens(|example| &example.source), tokens(|example| &example.target)) {
                (source, Some(target)) => Sequences { source, target },
                (Some(source), None) => Sequences { source: None, target: source },
                (None, None) => panic!("an example without a token"),
            };
            Self { input, examples: examples.to_vec() }
        };
        let batches = by_shape.into_iter().flat_map(|([source, target, ..], alike)| {
            let most = (most_tokens / (source + target).max(1)).max(1);
            alike.chunks(most).map(batch).collect::<Vec<_>>()
        });
        batches.collect()
    }
}

impl<I> Examples<I> {
    /// Whether each example asks for something, which some lenses need.
    pub(crate) fn asking(&self) -> Result<&Self, LensError> {
        match self.iter().all(|example| !example.answer.is_empty()) {
            true => Ok(self),
            false => Err(LensError::NoAnswers),
        }
    }
}
