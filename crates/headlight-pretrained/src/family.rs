//! What all families have in common: a stack of blocks or two, between an embedding and an output layer.

use std::fmt::Debug;

use burn::tensor::{Int, Tensor, TensorData};
use headlight_model::{
    AttentionKind, BesideTokens, BlockStack, DecoderCache, FeedForwardReads, Head, HeadMatrices, Intervention, Keep,
    Mask, Memory, Norm, NormPlacement, NormSite, Stack, StackAttention, StackEdits, Trace, Traceable, Unembedding,
};

/// A model of one family. Its file says what is its own; [`Pretrained`] runs it.
pub trait Family: Debug {
    /// What the model takes, as a batch.
    type Input;

    /// The encoder's blocks or the decoder's; `None` where the model has none.
    fn blocks(&self, stack: Stack) -> Option<&BlockStack>;

    /// What the first block of a stack reads, and what its self-attention masks.
    ///
    /// # Panics
    ///
    /// When the model has no such stack, or the input doesn't fit it.
    fn embed(&self, stack: Stack, input: &Self::Input) -> Embedded;

    /// What cross attention masks of the encoder's output.
    fn source_mask(&self, _input: &Self::Input) -> Option<Mask> {
        None
    }

    /// What each token adds to a stack's embedding, `[vocab_size, d_model]`; `None` where a stack reads no tokens.
    fn token_embedding(&self, stack: Stack) -> Option<Tensor<2>>;

    /// What is in a stack's embedding beside the tokens.
    fn beside_tokens(&self, _stack: Stack) -> BesideTokens {
        BesideTokens::Positions
    }

    /// The logits of the final norm's output: those of the output layer, or without one the output itself.
    ///
    /// # Shapes
    ///
    /// - output: `[batch_size, seq_length, d_model]`
    /// - logits: `[batch_size, seq_length, vocab_size]`
    fn logits(&self, output: Tensor<3>) -> Tensor<3> {
        match self.unembedding() {
            Some(layer) => layer.logits(output),
            None => output,
        }
    }

    /// The output layer, where it is all that [`logits`](Self::logits) does.
    fn unembedding(&self) -> Option<Unembedding>;
}

/// What goes into a stack.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// `[batch_size, seq_length, d_model]`
    pub stream: Tensor<3>,
    /// What self-attention masks.
    pub mask: Option<Mask>,
}

/// A model that others trained, as its family runs.
#[derive(Debug)]
pub struct Pretrained<F>(pub F);

/// A model that can give the attention of some of its layers, and the logits of some positions, without the rest: what
/// [`Traceable::trace`] keeps of a large model is many times its parameters.
pub trait Attends: Traceable + Debug {
    /// The attention of the layers that are asked for, in each of the model's stacks, and the logits at the positions that are.
    ///
    /// # Panics
    ///
    /// When the input does not fit the model, or has no such position, or none is asked for.
    fn attend(&self, input: &Self::Input, layers: &[usize], keep: Keep, positions: &[usize]) -> Attended;

    /// Runs the encoder, where there is one, and starts a decoder's text of which there is no token yet; `None` where the model has no
    /// decoder.
    ///
    /// # Panics
    ///
    /// When the input does not fit the model.
    fn start_decoding(&self, input: &Self::Input) -> Option<DecoderCache>;

    /// The logits after the last token of the target. Of its tokens, those that the cache does not hold yet are computed.
    ///
    /// # Shapes
    ///
    /// - logits: `[batch_size, 1, vocab_size]`
    ///
    /// # Panics
    ///
    /// When the input does not fit the model, or the cache holds the whole target, or more.
    fn decode_next(&self, input: &Self::Input, cache: &mut DecoderCache) -> Tensor<3>;

    /// How wide all heads of an attention of this kind are together; 0 where the model has none.
    fn heads_width(&self, kind: AttentionKind) -> usize;
}

/// What [`Attends::attend`] gives.
#[derive(Clone, Debug)]
pub struct Attended {
    /// The encoder's half, where the model has one.
    pub encoder: Option<StackAttention>,
    /// The decoder's half, where the model has one.
    pub decoder: Option<StackAttention>,
    /// At the positions that were asked for, in their order: `[batch_size, positions, vocab_size]`.
    pub logits: Tensor<3>,
}

impl Attended {
    /// What the output layer reads: `[batch_size, seq_length, d_model]`.
    ///
    /// # Panics
    ///
    /// When there is neither half.
    pub fn output(&self) -> &Tensor<3> {
        &self.decoder.as_ref().or(self.encoder.as_ref()).expect("a model has a stack").output
    }
}

impl<F: Family> Pretrained<F> {
    fn stack(&self) -> &BlockStack {
        self.0.blocks(self.output_stack()).expect("a model has a stack whose stream its output layer reads")
    }

    /// The encoder's output as the decoder attends to it, where there is a decoder.
    fn memory(&self, input: &F::Input, states: Tensor<3>) -> Option<Memory> {
        self.0.blocks(Stack::Decoder).map(|_| Memory { states, mask: self.0.source_mask(input) })
    }
}

impl<F: Family> Traceable for Pretrained<F> {
    type Input = F::Input;

    fn trace(&self, input: &F::Input, interventions: &[Intervention]) -> Trace {
        interventions.iter().for_each(|intervention| intervention.assert_fits(self));
        let run = |stack: Stack, memory: Option<&Memory>| {
            let blocks = self.0.blocks(stack)?;
            let Embedded { stream, mask } = self.0.embed(stack, input);
            Some(blocks.trace(stream, mask.as_ref(), memory, StackEdits::new(interventions, stack)))
        };
        let encoder = run(Stack::Encoder, None);
        let memory = encoder.as_ref().and_then(|encoder| self.memory(input, encoder.output.clone()));
        let decoder = run(Stack::Decoder, memory.as_ref());
        let last = decoder.as_ref().or(encoder.as_ref()).expect("a model has a stack");
        let logits = self.0.logits(last.output.clone());
        Trace { encoder, decoder, logits }
    }

    fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        self.0.logits(match &self.stack().norm {
            Some(norm) => norm.forward(stream),
            None => stream,
        })
    }

    fn n_layers(&self, kind: AttentionKind) -> usize {
        let Some(blocks) = self.0.blocks(stack_of(kind)) else { return 0 };
        (0..blocks.blocks.len()).take_while(|layer| blocks.attention_of(kind, *layer).is_some()).count()
    }

    fn n_heads(&self, kind: AttentionKind) -> usize {
        let attention = self.0.blocks(stack_of(kind)).and_then(|blocks| blocks.attention_of(kind, 0));
        attention.map_or(0, |attention| attention.n_heads())
    }

    fn head(&self, head: Head) -> HeadMatrices {
        let blocks = self.0.blocks(stack_of(head.kind));
        match blocks.and_then(|blocks| blocks.attention_of(head.kind, head.layer)) {
            Some(attention) if head.head < attention.n_heads() => attention.head(head.head),
            _ => panic!("the model has no {head}"),
        }
    }

    fn output_bias(&self, kind: AttentionKind, layer: usize) -> Option<Tensor<1>> {
        assert!(layer < self.n_layers(kind), "the model has no {kind} in layer {layer}");
        self.0.blocks(stack_of(kind))?.output_bias(kind, layer)
    }

    fn norm_placement(&self) -> NormPlacement {
        self.stack().norm_placement()
    }

    fn norm(&self, site: NormSite) -> Option<Norm> {
        let stack = match site {
            NormSite::SelfAttention(stack, _) | NormSite::FeedForward(stack, _) | NormSite::Final(stack) => stack,
            NormSite::CrossAttention(_) => Stack::Decoder,
        };
        self.0.blocks(stack)?.norm_at(site).cloned()
    }

    fn token_embedding(&self, stack: Stack) -> Tensor<2> {
        self.0.token_embedding(stack).unwrap_or_else(|| panic!("the model has no {stack:?} that reads tokens"))
    }

    fn beside_tokens(&self, stack: Stack) -> BesideTokens {
        self.0.beside_tokens(stack)
    }

    fn feed_forward_reads(&self) -> FeedForwardReads {
        self.stack().feed_forward_reads()
    }

    fn unembedding(&self) -> Option<Unembedding> {
        self.0.unembedding()
    }

    fn output_stack(&self) -> Stack {
        if self.0.blocks(Stack::Decoder).is_some() { Stack::Decoder } else { Stack::Encoder }
    }
}

impl<F: Family> Attends for Pretrained<F> {
    fn attend(&self, input: &F::Input, layers: &[usize], keep: Keep, positions: &[usize]) -> Attended {
        let run = |stack: Stack, memory: Option<&Memory>| {
            let blocks = self.0.blocks(stack)?;
            let Embedded { stream, mask } = self.0.embed(stack, input);
            Some(blocks.attention(stream, mask.as_ref(), memory, layers, keep))
        };
        let encoder = run(Stack::Encoder, None);
        let memory = encoder.as_ref().and_then(|encoder| self.memory(input, encoder.output.clone()));
        let decoder = run(Stack::Decoder, memory.as_ref());
        let last = decoder.as_ref().or(encoder.as_ref()).expect("a model has a stack");
        let logits = self.0.logits(at(last.output.clone(), positions));
        Attended { encoder, decoder, logits }
    }

    fn start_decoding(&self, input: &F::Input) -> Option<DecoderCache> {
        let decoder = self.0.blocks(Stack::Decoder)?;
        let memory = self.0.blocks(Stack::Encoder).and_then(|encoder| {
            let Embedded { stream, mask } = self.0.embed(Stack::Encoder, input);
            self.memory(input, encoder.attention(stream, mask.as_ref(), None, &[], Keep::Weights).output)
        });
        Some(decoder.start_decoding(memory.as_ref()))
    }

    /// The whole target is embedded, which costs next to nothing, so that a family says once how: new tokens are its last rows.
    fn decode_next(&self, input: &F::Input, cache: &mut DecoderCache) -> Tensor<3> {
        let decoder = self.0.blocks(Stack::Decoder).expect("what has a cache has a decoder");
        let Embedded { stream, mask } = self.0.embed(Stack::Decoder, input);
        let ([_, length, _], known) = (stream.dims(), cache.length());
        assert!(known < length, "the cache holds {known} tokens, and there are {length}");
        let new = length - known;
        let mask = mask.and_then(|mask| mask.of_last_queries(new));
        let output = decoder.decode_next(stream.narrow(1, known, new), mask.as_ref(), cache);
        self.0.logits(output.narrow(1, new - 1, 1))
    }

    fn heads_width(&self, kind: AttentionKind) -> usize {
        let attention = self.0.blocks(stack_of(kind)).and_then(|blocks| blocks.attention_of(kind, 0));
        attention.map_or(0, |attention| attention.output.weight.dims()[0])
    }
}

/// What stands at these positions: `[batch_size, seq_length, d_model]` → `[batch_size, positions, d_model]`
fn at(output: Tensor<3>, positions: &[usize]) -> Tensor<3> {
    let numbers: Vec<i64> = positions.iter().map(|position| *position as i64).collect();
    let [_, seq_length, _] = output.dims();
    assert!(!positions.is_empty(), "logits are asked for somewhere");
    assert!(positions.iter().all(|position| *position < seq_length), "there are {seq_length} positions");
    let numbers = Tensor::<1, Int>::from_data(TensorData::new(numbers, [positions.len()]), &output.device());
    output.select(1, numbers)
}

fn stack_of(kind: AttentionKind) -> Stack {
    match kind {
        AttentionKind::EncoderSelf => Stack::Encoder,
        AttentionKind::DecoderSelf | AttentionKind::Cross => Stack::Decoder,
    }
}
