use std::collections::HashSet;

use headlight_model::{Architecture, keyed_generator};
use headlight_record::{AttentionKind, MaskCell};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::{TrainError, Vocabulary};

/// What is to be learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskName {
    /// Say the sequence again.
    Copy,
}

impl std::fmt::Display for TaskName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Copy => "copy",
        })
    }
}

/// A task and its sizes. It knows how an example looks to a model, token by token.
///
/// # Copy, by hand
///
/// Three symbols out of `0 … 15`, say `3 1 4`. The decoder alone reads one sequence, and predicts from `SEP` on:
///
/// ```text
/// position   0   1   2   3   4   5   6
/// reads     BOS  3   1   4  SEP  3   1
/// predicts                   3   1   4      (what it would say before is not asked, and has no loss)
/// ```
///
/// To predict `1` it stands at position 5 and must look at position 2, n = 3 places back: query n + 1 + i looks at key 1 + i. With an encoder the source stands apart, and the decoder's query i looks at key i of the source:
///
/// ```text
/// source     3   1   4
/// reads     BOS  3   1
/// predicts   3   1   4
/// ```
///
/// Both architectures learn it: the first shows how attention finds a place a fixed distance back, the second is the
/// plainest cross attention there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What is to be learned.
    pub name: TaskName,
    /// Which model learns it.
    pub architecture: Architecture,
    /// Symbols in a sequence.
    pub length: usize,
    /// Different symbols.
    pub symbols: usize,
}

/// What a model reads before it says its first token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The encoder's sequence; `None` where there is no encoder.
    pub source: Option<Vec<usize>>,
    /// The beginning of the decoder's sequence.
    pub target: Vec<usize>,
}

/// Sequences of the task that are never trained on, and whether there were as many as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldOut {
    /// Distinct sources, `length` symbols each.
    pub sources: Vec<Vec<usize>>,
    /// How many were asked for.
    pub wanted: usize,
}

/// One of this many sequences is held out, by its hash.
const HELD_OUT_SHARE: u64 = 8;
/// Spaces up to this size are listed whole to find what is held out; larger ones are drawn from.
const SMALL_SPACE: usize = 1 << 16;
/// The longest sequence; whether a model of it fits in memory, [`RunConfig::check`](crate::RunConfig::check) says.
pub(crate) const MAX_LENGTH: usize = 512;
const MAX_SYMBOLS: usize = 4096;
/// As many as can be found quickly in the smallest space that is drawn from.
pub(crate) const MAX_HELD_OUT: usize = SMALL_SPACE / 16;

/// The third word of a generator's key is the replica; what no replica draws has this one, and a fourth word of its own.
const NO_SHARD: u64 = u64::MAX;
const BATCH: u64 = 1;
const HELD_OUT: u64 = 2;

impl Task {
    /// Says whether the task can be trained on.
    ///
    /// # Errors
    ///
    /// When a size is out of range, or so few sequences exist that none can be held out, or that the ones left for training
    /// lack a symbol at some place.
    pub fn check(&self) -> Result<(), TrainError> {
        check_range("length", self.length, 1, MAX_LENGTH)?;
        check_range("symbols", self.symbols, 2, MAX_SYMBOLS)?;
        if let Some(space) = self.small_space() {
            let (held_out, trained): (Vec<_>, Vec<_>) =
                (0..space).map(|at| self.source_at(at)).partition(|source| self.is_held_out(source));
            // What no training example shows, no model can answer: each symbol must occur at each place.
            let shown: HashSet<(usize, usize)> =
                trained.iter().flat_map(|source| source.iter().copied().enumerate()).collect();
            if held_out.is_empty() || shown.len() < self.length * self.symbols {
                return Err(TrainError::SmallSpace { length: self.length, symbols: self.symbols, space });
            }
        }
        Ok(())
    }

    /// The symbols `0`, `1`, …, then `BOS`, then `SEP` where one sequence holds both halves.
    pub fn vocabulary(&self) -> Vocabulary {
        let symbols = (0..self.symbols).map(|symbol| symbol.to_string());
        let marks: &[&str] = match self.architecture {
            Architecture::Decoder => &["BOS", "SEP"],
            Architecture::EncoderDecoder => &["BOS"],
        };
        Vocabulary::new(symbols.chain(marks.iter().map(ToString::to_string)))
    }

    /// How many tokens [`vocabulary`](Self::vocabulary) has.
    pub fn vocabulary_size(&self) -> usize {
        match self.architecture {
            Architecture::Decoder => self.symbols + 2,
            Architecture::EncoderDecoder => self.symbols + 1,
        }
    }

    /// The longest sequence that a model of this task reads.
    pub fn max_length(&self) -> usize {
        match self.architecture {
            Architecture::Decoder => 2 * self.length + 1,
            Architecture::EncoderDecoder => self.length,
        }
    }

    /// Tokens that a model reads for one example, source and target together.
    pub fn tokens_read(&self) -> usize {
        match self.architecture {
            Architecture::Decoder => 2 * self.length + 1,
            Architecture::EncoderDecoder => 2 * self.length,
        }
    }

    /// The right answer.
    pub fn answer(&self, source: &[usize]) -> Vec<usize> {
        match self.name {
            TaskName::Copy => source.to_vec(),
        }
    }

    /// What stands before the answer, in training and in generation alike.
    pub fn prompt(&self, source: &[usize]) -> Prompt {
        let (begin, separator) = (self.symbols, self.symbols + 1);
        match self.architecture {
            Architecture::Decoder => {
                let target = [&[begin], source, &[separator]].concat();
                Prompt { source: None, target }
            }
            Architecture::EncoderDecoder => Prompt { source: Some(source.to_vec()), target: vec![begin] },
        }
    }

    /// For each query the keys that it needs to answer rightly; empty where it answers nothing, or looks elsewhere.
    pub fn alignment(&self, kind: AttentionKind, source_length: usize) -> Option<Vec<Vec<usize>>> {
        let answer = (0..source_length).map(|at| match self.name {
            TaskName::Copy => at,
        });
        match (self.architecture, kind) {
            (Architecture::Decoder, AttentionKind::DecoderSelf) => {
                let before = std::iter::repeat_n(Vec::new(), source_length + 1);
                Some(before.chain(answer.map(|key| vec![1 + key])).collect())
            }
            (Architecture::EncoderDecoder, AttentionKind::Cross) => Some(answer.map(|key| vec![key]).collect()),
            _ => None,
        }
    }

    /// What each query may see, `[queries, keys]` row-major.
    pub fn mask(&self, kind: AttentionKind, queries: usize, keys: usize) -> Vec<MaskCell> {
        let hidden = |query: usize, key: usize| kind == AttentionKind::DecoderSelf && key > query;
        let cell = |query, key| if hidden(query, key) { MaskCell::Causal } else { MaskCell::Visible };
        (0..queries).flat_map(|query| (0..keys).map(move |key| cell(query, key))).collect()
    }

    /// The sources of one training step: a function of seed and step alone, and never one that is held out.
    pub fn training_sources(&self, seed: u64, step: u64, batch_size: usize) -> Vec<Vec<usize>> {
        let generator = &mut keyed_generator([seed, step, NO_SHARD, BATCH]);
        let sources = std::iter::repeat_with(|| self.draw(generator));
        sources.filter(|source| !self.is_held_out(source)).take(batch_size).collect()
    }

    /// `wanted` different held-out sources, or all that there are.
    ///
    /// # Panics
    ///
    /// When `wanted` is more than 4096.
    pub fn held_out(&self, seed: u64, wanted: usize) -> HeldOut {
        assert!(wanted <= MAX_HELD_OUT, "{wanted} held-out sequences are more than {MAX_HELD_OUT}");
        let generator = &mut keyed_generator([seed, 0, NO_SHARD, HELD_OUT]);
        let mut sources: Vec<Vec<usize>> = Vec::with_capacity(wanted);
        match self.small_space() {
            Some(space) => {
                let mut left: Vec<usize> = (0..space).filter(|at| self.is_held_out(&self.source_at(*at))).collect();
                while sources.len() < wanted && !left.is_empty() {
                    sources.push(self.source_at(left.swap_remove(generator.random_range(0..left.len()))));
                }
            }
            None => {
                let mut seen = HashSet::with_capacity(wanted);
                while sources.len() < wanted {
                    let source = self.draw(generator);
                    if self.is_held_out(&source) && seen.insert(source.clone()) {
                        sources.push(source);
                    }
                }
            }
        }
        HeldOut { sources, wanted }
    }

    /// Whether a source is kept from training: by its hash, so that no list is needed and no seed changes it.
    pub fn is_held_out(&self, source: &[usize]) -> bool {
        // FNV-1a (Fowler, Noll and Vo), whose low bits are weak, and splitmix64's finish (Steele, Lea and Flood), which mends
        // that: small spaces too have about their share held out.
        let hash = source.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, symbol| {
            (hash ^ *symbol as u64).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (hash ^ (hash >> 31)).is_multiple_of(HELD_OUT_SHARE)
    }

    fn draw(&self, generator: &mut impl Rng) -> Vec<usize> {
        (0..self.length).map(|_| generator.random_range(0..self.symbols)).collect()
    }

    /// How many sources exist, if few enough to list.
    fn small_space(&self) -> Option<usize> {
        let length = u32::try_from(self.length).ok()?;
        self.symbols.checked_pow(length).filter(|space| *space <= SMALL_SPACE)
    }

    /// The source with this number, as digits in base `symbols`.
    fn source_at(&self, number: usize) -> Vec<usize> {
        let digits = std::iter::successors(Some(number), |rest| Some(rest / self.symbols));
        digits.map(|rest| rest % self.symbols).take(self.length).collect()
    }
}

pub(crate) fn check_range(name: &'static str, value: usize, min: usize, max: usize) -> Result<(), TrainError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(TrainError::Range { name, value, min, max }) }
}
