use burn::tensor::{Int, Tensor};

use crate::Mask;
use crate::block::DecoderBlock;
use crate::multi_head::KeysAndValues;

/// What a decoder has computed of the tokens so far, so that writing one more reads one token and not all of them again.
///
/// Keys and values of a token never change once it is written, because a decoder looks back only. Made by
/// [`Transformer::start_decoding`](crate::Transformer::start_decoding).
#[derive(Clone, Debug)]
pub struct DecoderCache {
    pub(crate) blocks: Vec<BlockCache>,
    pub(crate) source_mask: Option<Mask>,
    pub(crate) length: usize,
}

/// Keys and values that one block of the decoder looks at.
#[derive(Clone, Debug)]
pub(crate) struct BlockCache {
    /// Of the target so far; `None` before its first token.
    pub(crate) target: Option<KeysAndValues>,
    /// Of the source, where there is one.
    pub(crate) source: Option<KeysAndValues>,
}

impl DecoderCache {
    pub(crate) fn start(blocks: &[DecoderBlock], memory: Option<&crate::Memory>) -> Self {
        Self {
            blocks: blocks.iter().map(|block| block.start_cache(memory)).collect(),
            source_mask: memory.and_then(|memory| memory.mask.clone()),
            length: 0,
        }
    }

    /// Tokens so far.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Goes on with these sequences of the batch only, in this order.
    ///
    /// # Shapes
    ///
    /// - rows: `[new_batch_size]`, each below the batch size
    pub fn select(&mut self, rows: &Tensor<1, Int>) {
        for block in &mut self.blocks {
            for kept in [&mut block.target, &mut block.source] {
                *kept = kept.take().map(|kept| kept.select(rows));
            }
        }
        self.source_mask = self.source_mask.take().map(|mask| mask.select(rows));
    }
}

impl KeysAndValues {
    /// How many keys there are.
    pub(crate) fn length(&self) -> usize {
        let [_, _, keys, _] = self.key.dims();
        keys
    }

    pub(crate) fn followed_by(self, next: Self) -> Self {
        Self { key: Tensor::cat(vec![self.key, next.key], 2), value: Tensor::cat(vec![self.value, next.value], 2) }
    }

    fn select(self, rows: &Tensor<1, Int>) -> Self {
        Self { key: self.key.select(0, rows.clone()), value: self.value.select(0, rows.clone()) }
    }
}
