use crate::config::check_range;
use crate::{Example, SettingError};

/// The share of one of several workers, each of which has the whole model and is in another process, or shares no memory with the
/// others. Batches and the validation set are split among them as among the threads of [`Replicas`](crate::Replicas).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    shard: usize,
    shards: usize,
}

impl Part {
    /// The share of one worker that has no others beside it.
    pub const WHOLE: Self = Self { shard: 0, shards: 1 };

    /// Part `shard`, counted from 0, of `shards`.
    ///
    /// # Errors
    ///
    /// When there is no such part, or there are more than 256.
    pub fn new(shard: usize, shards: usize) -> Result<Self, SettingError> {
        check_range("shards", shards, 1, 256)?;
        check_range("shard", shard, 0, shards - 1)?;
        Ok(Self { shard, shards })
    }

    /// Which part, from 0.
    pub fn shard(self) -> usize {
        self.shard
    }

    /// Of how many.
    pub fn shards(self) -> usize {
        self.shards
    }

    /// This part of a batch, or of other items; empty where there are fewer items than parts.
    pub fn of<T>(self, items: &[T]) -> &[T] {
        parts(items, self.shards).get(self.shard).copied().unwrap_or_default()
    }
}

/// At most `count` parts, none empty, whose sizes differ by one at most, the larger ones first.
pub(crate) fn parts<T>(items: &[T], count: usize) -> Vec<&[T]> {
    let count = count.min(items.len());
    let mut rest = items;
    (0..count)
        .map(|part| {
            let size = rest.len().div_ceil(count - part);
            let (first, others) = rest.split_at(size);
            rest = others;
            first
        })
        .collect()
}

/// How many tokens are predicted in all.
pub(crate) fn answer_tokens(examples: &[Example]) -> usize {
    examples.iter().map(|example| example.answer.len()).sum()
}
