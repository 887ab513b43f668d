//! What is asked of a model on a text: to go on with it, to guess what is masked, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use headlight_model::{AttentionKind, Stack, Traceable, keyed_generator};
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::examples::{Example, Prediction};

/// One token in so many is masked, each in a pass of its own: 15 %, as BERT's were in training.
const MASKED: f64 = 0.15;
/// So many sequences of random tokens are drawn.
const SEQUENCES: usize = 64;
/// Tells these random numbers from those of other purposes that have the same seed.
const PURPOSE: u64 = 0x7e47;

/// Which of its stacks a model reads a text with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// An encoder alone.
    Encoder,
    /// A decoder alone.
    Decoder,
    /// A source with the encoder, and a target with the decoder.
    Both,
}

/// A text as token numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// What the encoder of an encoder–decoder model reads; empty for others.
    pub source: Vec<usize>,
    /// What the model's one stack reads, or its decoder, with what it begins with and what ends it.
    pub target: Vec<usize>,
}

impl Reads {
    /// Those of a model.
    pub fn of<M: Traceable + ?Sized>(model: &M) -> Self {
        match model.output_stack() {
            Stack::Encoder => Self::Encoder,
            Stack::Decoder if model.n_layers(AttentionKind::Cross) > 0 => Self::Both,
            Stack::Decoder => Self::Decoder,
        }
    }
}

impl Text {
    /// The text as it is: nothing is asked.
    pub fn unasked(self, reads: Reads) -> Example {
        self.asking(reads, Vec::new())
    }

    /// At each position the next token is asked. What comes behind the last, nobody knows; an encoder–decoder model does not read it.
    pub fn next_tokens(mut self, reads: Reads) -> Example {
        let next = self.target.iter().enumerate().skip(1);
        let answer = next.map(|(at, token)| Prediction { position: at - 1, token: *token }).collect();
        if reads == Reads::Both {
            self.target.pop();
        }
        self.asking(reads, answer)
    }

    /// The last token alone is asked, and the model does not read it. `None` of a text that has no token before it.
    pub fn last_token(mut self, reads: Reads) -> Option<Example> {
        let token = self.target.pop()?;
        let position = self.target.len().checked_sub(1)?;
        Some(self.asking(reads, vec![Prediction { position, token }]))
    }

    /// The text once for each of some 15 % of its tokens, drawn from the seed and the text's number: that one is masked, and asked. Marks
    /// are not masked.
    pub fn masked(&self, reads: Reads, mask: usize, marks: &BTreeSet<usize>, seed: u64, nth: usize) -> Vec<Example> {
        let mut positions: Vec<usize> =
            (0..self.target.len()).filter(|at| !marks.contains(&self.target[*at])).collect();
        let count = ((positions.len() as f64 * MASKED).round() as usize).max(1);
        positions.shuffle(&mut keyed_generator([seed, PURPOSE, nth as u64, self.target.len() as u64]));
        positions.truncate(count);
        positions.sort_unstable();
        let of_position = |position: usize| {
            let mut text = self.clone();
            let token = std::mem::replace(&mut text.target[position], mask);
            text.asking(reads, vec![Prediction { position, token }])
        };
        positions.into_iter().map(of_position).collect()
    }

    /// 64 sequences of so many random tokens of these, behind what a text begins with, if anything.
    ///
    /// # Panics
    ///
    /// When there is no token to draw.
    pub fn random(tokens: &[usize], begin: Option<usize>, length: usize, reads: Reads, seed: u64) -> Vec<Self> {
        let mut generator = keyed_generator([seed, PURPOSE, length as u64, tokens.len() as u64]);
        let mut draw = || -> Vec<usize> {
            let drawn: Vec<usize> = (0..length).map(|_| tokens[generator.random_range(0..tokens.len())]).collect();
            begin.into_iter().chain(drawn).collect()
        };
        let mut text = || match reads {
            Reads::Both => Self { source: draw(), target: draw() },
            Reads::Encoder | Reads::Decoder => Self { source: Vec::new(), target: draw() },
        };
        (0..SEQUENCES).map(|_| text()).collect()
    }

    /// The first half of a text twice, behind what it begins with; asked is the second time, but for its first token, which nobody can know.
    pub fn twice(&self, begin: Option<usize>, reads: Reads) -> Example {
        let (begin, rest) = self.target.split_at(usize::from(begin.is_some() && self.target.first() == begin.as_ref()));
        let once = &rest[..rest.len() / 2];
        let target = [begin, once, once].concat();
        let first = begin.len() + once.len() + 1;
        let answer = (first..target.len()).map(|at| Prediction { position: at - 1, token: target[at] }).collect();
        Self { source: self.source.clone(), target }.asking(reads, answer)
    }

    fn asking(self, reads: Reads, answer: Vec<Prediction>) -> Example {
        let Self { source, target } = self;
        let (source, target) = match reads {
            Reads::Encoder => (target, Vec::new()),
            Reads::Decoder => (Vec::new(), target),
            Reads::Both => (source, target),
        };
        Example { source, target, answer, needed: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(target: &[usize]) -> Text {
        Text { source: vec![9, 8], target: target.to_vec() }
    }

    fn asked(example: &Example) -> Vec<(usize, usize)> {
        example.answer.iter().map(|asked| (asked.position, asked.token)).collect()
    }

    #[test]
    fn each_next_token_is_asked() {
        let example = text(&[1, 2, 3]).next_tokens(Reads::Decoder);
        assert_eq!((example.target.clone(), asked(&example)), (vec![1, 2, 3], vec![(0, 2), (1, 3)]));
        let example = text(&[1, 2, 3]).next_tokens(Reads::Both);
        assert_eq!((example.source.clone(), example.target.clone()), (vec![9, 8], vec![1, 2]));
        assert_eq!(asked(&example), [(0, 2), (1, 3)]);
    }

    #[test]
    fn the_last_token_is_asked_and_not_read() {
        let example = text(&[1, 2, 3]).last_token(Reads::Decoder).expect("two tokens before it");
        assert_eq!((example.target.clone(), asked(&example)), (vec![1, 2], vec![(1, 3)]));
        assert_eq!(text(&[1]).last_token(Reads::Decoder), None);
    }

    #[test]
    fn some_tokens_are_masked_one_by_one_and_no_marks() {
        let target: Vec<usize> = [0].into_iter().chain(10..30).chain([1]).collect();
        let examples = text(&target).masked(Reads::Encoder, 2, &[0, 1].into(), 0, 0);
        assert_eq!(examples.len(), 3, "15 % of 20");
        for example in &examples {
            let [(position, token)] = asked(example)[..] else { panic!("{example:?}") };
            assert_eq!((example.source[position], token), (2, target[position]));
            assert!(token >= 10 && example.target.is_empty());
            assert_eq!(example.source.iter().filter(|id| **id == 2).count(), 1);
        }
        assert_eq!(examples, text(&target).masked(Reads::Encoder, 2, &[0, 1].into(), 0, 0));
        assert_ne!(examples, text(&target).masked(Reads::Encoder, 2, &[0, 1].into(), 1, 0));
    }

    #[test]
    fn random_tokens_come_twice_and_the_second_time_is_asked() {
        let drawn = Text::random(&[5, 6, 7], Some(0), 6, Reads::Decoder, 0);
        assert_eq!(drawn.len(), 64);
        assert!(drawn.iter().all(|text| text.target.len() == 7 && text.target[0] == 0));
        assert!(drawn.iter().all(|text| text.target[1..].iter().all(|id| (5..8).contains(id))));
        let example = text(&[0, 5, 6, 7, 5, 5, 5]).twice(Some(0), Reads::Decoder);
        assert_eq!(example.target, [0, 5, 6, 7, 5, 6, 7]);
        assert_eq!(asked(&example), [(4, 6), (5, 7)]);
    }
}
