//! Generation token by token. This module alone knows that keys and values can be kept.

use burn::tensor::{Int, Tensor};

use crate::attention::scaled_dot_product_context;
use crate::block::{Block, CrossAttention, Memory};
use crate::mask::Mask;
use crate::stack::BlockStack;
use crate::transformer::Transformer;

/// What a decoder has computed of the tokens so far, so that one more token costs a pass over that token alone.
///
/// Keys and values of a token never change, because a decoder attends to earlier tokens only. Made by
/// [`Transformer::start_decoding`] and [`BlockStack::start_decoding`].
#[derive(Clone, Debug)]
pub struct DecoderCache {
    blocks: Vec<BlockCache>,
    source_mask: Option<Mask>,
    length: usize,
}

/// The keys and values that one block of the decoder attends to.
#[derive(Clone, Debug)]
struct BlockCache {
    /// Of the target so far; `None` before its first token.
    target: Option<KeysAndValues>,
    /// Of the source, where there is one.
    source: Option<KeysAndValues>,
}

/// Keys and values of every head, `[batch_size, n_heads, keys, d_head]` each.
#[derive(Clone, Debug)]
struct KeysAndValues {
    key: Tensor<4>,
    value: Tensor<4>,
}

impl Transformer {
    /// Starts a target of which there is no token yet.
    ///
    /// # Panics
    ///
    /// When the model has an encoder and there is no memory, or the other way round.
    pub fn start_decoding(&self, memory: Option<&Memory>) -> DecoderCache {
        assert_eq!(self.has_encoder(), memory.is_some(), "a source goes with an encoder, and only with one");
        DecoderCache::new(&self.decoder.blocks, memory)
    }

    /// The logits at each of some new tokens: at first those of the prompt, then one at a time. Equal to the last rows of
    /// [`forward`](Self::forward) over all tokens so far, without dropout, whether or not the model has a key for it.
    ///
    /// # Shapes
    ///
    /// - tokens: `[batch_size, new_tokens]`, without padding
    /// - logits: `[batch_size, new_tokens, vocab_size]`
    ///
    /// # Panics
    ///
    /// When more than one token follows others, the batch size has changed, or there is no learned position for a token.
    pub fn decode_next(&self, tokens: &Tensor<2, Int>, cache: &mut DecoderCache) -> Tensor<3> {
        let ([_, new_tokens], first) = (tokens.dims(), cache.length);
        assert!(first == 0 || new_tokens == 1, "after the prompt, tokens come one at a time, not {new_tokens}");
        // A single last token may see everything.
        let causal = (new_tokens > 1).then(|| Mask::causal(new_tokens, &tokens.device()));
        let mask = Mask::both(causal, self.distances(first, new_tokens, &tokens.device()));

        let stream = self.decoder.embedding.forward(tokens, first);
        self.unembed(cache.decode(&self.decoder.blocks, stream, mask.as_ref()))
    }
}

impl BlockStack {
    /// Starts a decoder's sequence of which there is no token yet.
    ///
    /// # Panics
    ///
    /// When its blocks have cross attention and there is no memory, or the other way round.
    pub fn start_decoding(&self, memory: Option<&Memory>) -> DecoderCache {
        let has_cross = self.blocks.iter().any(|block| block.cross.is_some());
        assert_eq!(has_cross, memory.is_some(), "a source goes with cross attention, and only with it");
        DecoderCache::new(&self.blocks, memory)
    }

    /// The final norm's output at some new tokens. Equal to the last rows of what a pass over all tokens so far gives
    /// ([`StackAttention::output`](crate::StackAttention::output)), where no token sees a later one.
    ///
    /// # Shapes
    ///
    /// - embedding: of the new tokens, `[batch_size, new_tokens, d_model]`
    /// - mask: of the new tokens as queries and all tokens so far as keys: [`Mask::of_last_queries`] of the whole one
    /// - output: `[batch_size, new_tokens, d_model]`
    ///
    /// # Panics
    ///
    /// When the batch size has changed, or the mask does not fit.
    pub fn decode_next(&self, embedding: Tensor<3>, mask: Option<&Mask>, cache: &mut DecoderCache) -> Tensor<3> {
        let stream = cache.decode(&self.blocks, embedding, mask);
        match &self.norm {
            Some(norm) => norm.forward(stream),
            None => stream,
        }
    }
}

impl Block {
    /// [`forward`](Self::forward) for the tokens at the positions `first..`, which also attend to those that the cache holds. It holds
    /// them, too, from now on.
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, new_tokens, d_model]`, before and after
    fn decode(
        &self,
        stream: Tensor<3>,
        mask: Option<&Mask>,
        cache: &mut BlockCache,
        first: usize,
        source_mask: Option<&Mask>,
    ) -> Tensor<3> {
        let placement = self.placement;

        // 1. Target attends to target.
        let before = stream.clone();
        let x = placement.before(&self.norm_attention, stream.clone());
        let (key, value) = self.self_attention.keys_and_values(x.clone(), x.clone(), first);
        let seen = match cache.target.take() {
            None => KeysAndValues { key, value },
            Some(seen) => seen.followed_by(key, value),
        };
        cache.target = Some(seen.clone());
        let query = self.self_attention.queries(x, &seen.key);
        let context = scaled_dot_product_context(query, seen.key, seen.value, mask);
        let stream = placement.after(&self.norm_attention, stream + self.self_attention.mix_heads(context));

        // 2. Target attends to source.
        let stream = match (&self.cross, cache.source.clone()) {
            (Some(CrossAttention { norm, attention, .. }), Some(KeysAndValues { key, value })) => {
                let query = attention.queries(placement.before(norm, stream.clone()), &key);
                let context = scaled_dot_product_context(query, key, value, source_mask);
                placement.after(norm, stream + attention.mix_heads(context))
            }
            _ => stream,
        };

        // 3. Each token by itself.
        let x = placement.before(&self.norm_feed_forward, self.feed_forward_reads.of(before, stream.clone()));
        placement.after(&self.norm_feed_forward, stream + self.feed_forward.forward(x))
    }
}

impl DecoderCache {
    fn new(blocks: &[Block], memory: Option<&Memory>) -> Self {
        Self {
            blocks: blocks.iter().map(|block| BlockCache::new(block, memory)).collect(),
            source_mask: memory.and_then(|memory| memory.mask.clone()),
            length: 0,
        }
    }

    /// The stream of some new tokens after these blocks, which the cache then holds.
    fn decode(&mut self, blocks: &[Block], embedding: Tensor<3>, mask: Option<&Mask>) -> Tensor<3> {
        let ([_, new_tokens, _], first) = (embedding.dims(), self.length);
        let mut stream = embedding;
        for (block, seen) in blocks.iter().zip(&mut self.blocks) {
            stream = block.decode(stream, mask, seen, first, self.source_mask.as_ref());
        }
        self.length += new_tokens;
        stream
    }

    /// Tokens so far.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Keeps these sequences of the batch only, in this order.
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

impl BlockCache {
    fn new(block: &Block, memory: Option<&Memory>) -> Self {
        let source = block.cross.as_ref().zip(memory).map(|(cross, Memory { states, .. })| {
            let (key, value) = cross.attention.keys_and_values(states.clone(), states.clone(), 0);
            KeysAndValues { key, value }
        });
        Self { target: None, source }
    }
}

impl KeysAndValues {
    fn followed_by(self, key: Tensor<4>, value: Tensor<4>) -> Self {
        Self { key: Tensor::cat(vec![self.key, key], 2), value: Tensor::cat(vec![self.value, value], 2) }
    }

    fn select(self, rows: &Tensor<1, Int>) -> Self {
        Self { key: self.key.select(0, rows.clone()), value: self.value.select(0, rows.clone()) }
    }
}
