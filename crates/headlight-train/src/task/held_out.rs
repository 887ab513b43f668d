//! What is trained on and what is held out: by hash, so that no list is needed and no seed changes it.

use std::collections::HashSet;

use headlight_model::keyed_generator;
use rand::{Rng, RngExt};

use super::hash::hash;
use super::{Example, HeldOutBy, Questions, Task, TaskError};
use crate::tasks::draw::random_symbols;

/// Examples of the task that are never trained on, and whether there were as many as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldOut {
    /// Examples with distinct questions.
    pub examples: Vec<Example>,
    /// How many were asked for.
    pub wanted: usize,
}

/// One of this many questions is held out, by its hash.
const HELD_OUT_SHARE: u64 = 8;
/// Spaces up to this size are listed whole to find what is held out; larger ones are drawn from.
const SMALL_SPACE: usize = 1 << 16;
/// The most examples that may be held out: as many as can be found quickly in the smallest space that is drawn from.
pub const MAX_HELD_OUT: usize = SMALL_SPACE / 16;
/// Draws that show whether a space can be split.
const TRIES: usize = 1024;

/// The third word of a generator's key is the replica; what no replica draws has this one, and a fourth word of its own.
const NO_SHARD: u64 = u64::MAX;
const BATCH: u64 = 1;
const HELD_OUT: u64 = 2;

impl Task {
    /// The examples of one training step: a function of seed and step alone, and never one that is held out.
    ///
    /// # Panics
    ///
    /// When [`check`](Self::check) would refuse the task's pairs.
    pub fn training_examples(&self, seed: u64, step: u64, batch_size: usize) -> Vec<Example> {
        let generator = &mut keyed_generator([seed, step, NO_SHARD, BATCH]);
        let sources = std::iter::repeat_with(|| self.draw(generator));
        let sources = sources.filter(|source| !self.is_held_out(source));
        sources.map(|source| self.example(source)).take(batch_size).collect()
    }

    /// `wanted` different held-out examples, or all that were found.
    ///
    /// # Panics
    ///
    /// When `wanted` is more than 4096.
    pub fn held_out(&self, seed: u64, wanted: usize) -> HeldOut {
        assert!(wanted <= MAX_HELD_OUT, "{wanted} held-out examples are more than {MAX_HELD_OUT}");
        let generator = &mut keyed_generator([seed, 0, NO_SHARD, HELD_OUT]);
        let mut sources: Vec<Vec<usize>> = Vec::with_capacity(wanted);
        match self.every_source() {
            Some(all) => {
                let mut left: Vec<_> = all.filter(|source| self.is_held_out(source)).collect();
                while sources.len() < wanted && !left.is_empty() {
                    sources.push(left.swap_remove(generator.random_range(0..left.len())));
                }
            }
            None => {
                let mut seen = HashSet::with_capacity(wanted);
                // One draw in eight is held out: where so many draws do not find enough, there are hardly more.
                for _ in 0..8 * HELD_OUT_SHARE as usize * wanted + TRIES {
                    if sources.len() == wanted {
                        break;
                    }
                    let source = self.draw(generator);
                    if self.is_held_out(&source) && seen.insert(source.clone()) {
                        sources.push(source);
                    }
                }
            }
        }
        HeldOut { examples: sources.into_iter().map(|source| self.example(source)).collect(), wanted }
    }

    /// Whether a question is kept from training: by its hash, or by that of its answer, as [`HeldOutBy`] says.
    pub fn is_held_out(&self, source: &[usize]) -> bool {
        let hash = match (self.spec.held_out_by, &self.file) {
            (HeldOutBy::Answer, _) => hash(self.answer(source).unwrap_or_default()),
            (HeldOutBy::Question, Some(pairs)) => hash(pairs.bytes(source)),
            (HeldOutBy::Question, None) => hash(source.iter().copied()),
        };
        hash.is_multiple_of(HELD_OUT_SHARE)
    }

    /// Says whether something can be held out and something is left to train on.
    pub(super) fn check_space(&self) -> Result<(), TaskError> {
        let small = |space| match self.spec.questions {
            Questions::Pairs => TaskError::FewPairs { pairs: space },
            _ => TaskError::SmallSpace { space, length: self.length, symbols: self.symbols },
        };
        if let Some(all) = self.every_source() {
            let (held_out, trained): (Vec<_>, Vec<_>) = all.partition(|source| self.is_held_out(source));
            // What no training example shows, no model can answer: each symbol must occur at each position.
            let shown: HashSet<(usize, usize)> =
                trained.iter().flat_map(|source| source.iter().copied().enumerate()).collect();
            let complete = self.spec.takes_pairs() || shown.len() == self.length * self.symbols;
            if held_out.is_empty() || trained.is_empty() || !complete {
                return Err(small(held_out.len() + trained.len()));
            }
            return Ok(());
        }
        let draws = || {
            let mut generator = keyed_generator([0, 0, NO_SHARD, HELD_OUT]);
            (0..TRIES).map(move |_| self.draw(&mut generator))
        };
        // Counted one by one: a configuration is checked whenever one is read, and long questions take room.
        let held_out = draws().filter(|source| self.is_held_out(source)).count();
        if held_out == 0 || held_out == TRIES { Err(small(draws().collect::<HashSet<_>>().len())) } else { Ok(()) }
    }

    /// A question and its answer.
    fn example(&self, source: Vec<usize>) -> Example {
        let answer = self.answer(&source).expect("a question that the task drew has an answer");
        Example { source, answer }
    }

    /// A question of one of the task's sizes, drawn evenly.
    fn draw(&self, generator: &mut impl Rng) -> Vec<usize> {
        let length = match self.shortest() {
            min if min < self.length => generator.random_range(min..=self.length),
            _ => self.length,
        };
        match self.spec.questions {
            Questions::Sequences => random_symbols(length, self.symbols, generator),
            Questions::Drawn(draw) => draw(self, length, generator),
            Questions::Pairs => self.file.as_ref().map(|pairs| pairs.draw(generator)).unwrap_or_default(),
        }
    }

    /// All questions, where they are few enough to list: sequences of symbols, and the lines of a file.
    fn every_source(&self) -> Option<Box<dyn Iterator<Item = Vec<usize>> + '_>> {
        match self.spec.questions {
            Questions::Sequences if self.shortest() == self.length => {
                let length = u32::try_from(self.length).ok()?;
                let space = self.symbols.checked_pow(length).filter(|space| *space <= SMALL_SPACE)?;
                Some(Box::new((0..space).map(|number| self.source_at(number))))
            }
            Questions::Pairs => Some(Box::new(self.file.as_ref()?.sources())),
            Questions::Sequences | Questions::Drawn(_) => None,
        }
    }

    /// The sequence with this number, as digits in base `symbols`.
    fn source_at(&self, number: usize) -> Vec<usize> {
        let digits = std::iter::successors(Some(number), |rest| Some(rest / self.symbols));
        digits.map(|rest| rest % self.symbols).take(self.length).collect()
    }
}
