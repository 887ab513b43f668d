use headlight_model::AttentionKind;
use headlight_record::Origin;

use crate::LensError;
use crate::examples::{Example, ExampleBatch, Examples};

/// Clean and corrupt examples, row by row: all of one length, so that a position is the same in every one.
#[derive(Clone, Debug)]
pub struct Pairs<I> {
    /// Batches of pairs.
    pub batches: Vec<PairBatch<I>>,
    /// What each token of a sequence is called, by its number.
    pub vocabulary: Vec<String>,
    /// What each token of an answer is called, by its number in the logits.
    pub answers: Vec<String>,
    /// The task, the model, and the step at which the model was.
    pub origin: Origin,
    /// Seed of all that a lens draws.
    pub seed: u64,
}

/// Pairs side by side.
#[derive(Clone, Debug)]
pub struct PairBatch<I> {
    /// Those whose values are put into the others' pass.
    pub clean: ExampleBatch<I>,
    /// Those whose pass is patched.
    pub corrupt: ExampleBatch<I>,
    /// What each row asks.
    pub pairs: Vec<Pair>,
}

/// Two examples of one length with different answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    clean: Example,
    corrupt: Example,
    /// Which token of the answer is the first that differs.
    nth: usize,
}

impl<I> Pairs<I> {
    /// Pairs each clean example with the corrupt one of the same row.
    ///
    /// # Errors
    ///
    /// When the two of a pair, or two pairs, are of different lengths, or the answers of a pair are the same.
    ///
    /// # Panics
    ///
    /// When there are not as many of the one as of the other.
    pub fn new(clean: Examples<I>, corrupt: Examples<I>) -> Result<Self, LensError> {
        let Examples { batches, vocabulary, answers, origin, seed, .. } = clean;
        assert_eq!(batches.len(), corrupt.batches.len(), "a corrupt example for each clean one");
        let batches = batches.into_iter().zip(corrupt.batches).map(|(clean, corrupt)| {
            assert_eq!(clean.examples.len(), corrupt.examples.len(), "a corrupt example for each clean one");
            let pairs = clean.examples.iter().zip(&corrupt.examples).map(|(clean, corrupt)| Pair::new(clean, corrupt));
            let pairs = pairs.collect::<Result<_, _>>()?;
            Ok(PairBatch { clean, corrupt, pairs })
        });
        let pairs = Self { batches: batches.collect::<Result<_, LensError>>()?, vocabulary, answers, origin, seed };
        let lengths: Vec<[usize; 2]> = pairs.iter().map(|pair| lengths(&pair.clean)).collect();
        match lengths.iter().find(|other| **other != lengths[0]) {
            Some(other) => Err(different(lengths[0], *other)),
            None => Ok(pairs),
        }
    }

    /// All pairs, in the order of the batches.
    pub fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.batches.iter().flat_map(|batch| &batch.pairs)
    }
}

impl Pair {
    fn new(clean: &Example, corrupt: &Example) -> Result<Self, LensError> {
        if lengths(clean) != lengths(corrupt) {
            return Err(different(lengths(clean), lengths(corrupt)));
        }
        let mut both = clean.answer.iter().zip(&corrupt.answer);
        let nth = both.position(|(clean, corrupt)| clean.position == corrupt.position && clean.token != corrupt.token);
        match nth {
            Some(nth) => Ok(Self { clean: clean.clone(), corrupt: corrupt.clone(), nth }),
            None => Err(LensError::SameAnswer),
        }
    }

    /// The position at which the answers' first different token is predicted.
    pub fn position(&self) -> usize {
        self.clean.answer[self.nth].position
    }

    /// That token in the clean example's answer.
    pub fn clean_token(&self) -> usize {
        self.clean.answer[self.nth].token
    }

    /// That token in the corrupt example's answer.
    pub fn corrupt_token(&self) -> usize {
        self.corrupt.answer[self.nth].token
    }

    /// The clean and the corrupt example's tokens at the queries of a kind of attention.
    pub(super) fn queries(&self, kind: AttentionKind) -> [&[usize]; 2] {
        [self.clean.queries(kind), self.corrupt.queries(kind)]
    }
}

/// Of source and target.
fn lengths(example: &Example) -> [usize; 2] {
    [example.source.len(), example.target.len()]
}

/// Of the sequence of which the lengths differ.
fn different(clean: [usize; 2], corrupt: [usize; 2]) -> LensError {
    let of = if clean[0] == corrupt[0] { 1 } else { 0 };
    LensError::PairLengths { clean: clean[of], corrupt: corrupt[of] }
}
