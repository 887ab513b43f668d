//! A stream as the exact sum of what was added to it: what direct logit attribution and the split of a score are made of.

use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{
    AttentionKind, AttentionTrace, BesideTokens, FeedForwardReads, Head, Norm, NormPlacement, NormSite, Stack, Trace,
    Traceable,
};

use crate::examples::Example;
use crate::names::{head_label, head_name, label_of_kind, label_of_stack, of_kind, of_stack};

/// Sums may be off by so much, in units of the largest number that is summed up to where that is above 1.
pub(crate) const TOLERANCE: f64 = 1e-4;

/// The largest of these errors, or NaN where one of them is NaN, which f64::max would lose; 0 of none.
pub(crate) fn largest(errors: impl IntoIterator<Item = f64>) -> f64 {
    errors.into_iter().fold(0.0, |most: f64, error| if most.is_nan() || error <= most { most } else { error })
}

/// A tensor's numbers, in 64 bits.
pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f32>().map(f64::from).collect()
}

/// One term of the sum that a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// What the token at the position brings with it.
    TokenEmbedding,
    /// What the position brings, whichever token stands there.
    PositionEncoding,
    /// All that the embedding has beside the token's own: the position, the text that it belongs to, and what a norm makes of their sum.
    RestOfEmbedding,
    /// A head: its context times its rows of W_O.
    Head(Head),
    /// b_O of an attention, which all its heads share.
    OutputBias(AttentionKind, usize),
    /// A feed-forward layer, its biases included.
    FeedForward(Stack, usize),
    /// β of the norms that the stream went through, each at the scale of those behind it.
    NormBiases,
    /// b_U of the output layer: of a logit, not of a stream.
    UnembeddingBias,
    /// b_Q of a head: of a query, not of a stream.
    QueryBias,
    /// b_K of a head: of a key, not of a stream.
    KeyBias,
    /// What ALiBi adds for the distance: of a score, not of a stream.
    PositionBias,
}

/// A stream and the parts that it is the sum of, at every position of every example of a batch.
///
/// In a pre-norm model, whatever a head or a feed-forward layer gives is added to the stream and stays there as it is (Elhage et al.,
/// [2021](https://transformer-circuits.pub/2021/framework/index.html)). A norm divides the stream by its spread. With that divisor held
/// fixed a norm is linear, so each part has a share of what comes out ([`Norm::share`]); in a post-norm model the parts go through a norm
/// after every layer's half. Held fixed means: a part's share does not say what the model would do without the part, since the divisor
/// would then be another one.
#[derive(Clone, Debug)]
pub struct Decomposition {
    /// Each part of the stream, `[batch_size, seq_length, d_model]`.
    pub parts: Vec<(Part, Tensor<3>)>,
    /// The stream as the model computed it, `[batch_size, seq_length, d_model]`.
    pub whole: Tensor<3>,
}

impl Decomposition {
    /// The stream at a norm: what a pre-norm model normalises there. In a post-norm model, which normalises later, what the attention, the
    /// feed-forward layer or the output layer reads.
    ///
    /// A position encoding is a part only where the model adds one.
    ///
    /// # Shapes
    ///
    /// - tokens: `[batch_size, seq_length]`, those that the stack of the site read: [`tokens`]
    ///
    /// # Panics
    ///
    /// When the model has no such site, or the trace is not of these tokens.
    pub fn of_stream<M: Traceable + ?Sized>(model: &M, trace: &Trace, tokens: Tensor<2, Int>, site: NormSite) -> Self {
        let stack = stack_of(site);
        let Some(of_stack) = trace.stack(stack) else { panic!("the model has no {stack:?}") };
        let mut sum = Self::of_embedding(model, stack, &of_stack.embedding, tokens);
        for (layer, of_layer) in of_stack.layers.iter().enumerate() {
            let at = NormSite::SelfAttention(stack, layer);
            sum.whole = of_layer.before.clone();
            let reads_too = model.feed_forward_reads() == FeedForwardReads::BeforeAttention;
            if site == at || reads_too && site == NormSite::FeedForward(stack, layer) {
                return sum;
            }
            sum.add_attention(model, stack.self_attention(), layer, &of_layer.self_attention);
            sum.end_half(model, at);
            sum.whole = of_layer.after_self_attention.clone();

            if let Some(cross) = &of_layer.cross_attention {
                let at = NormSite::CrossAttention(layer);
                if site == at {
                    return sum;
                }
                sum.add_attention(model, AttentionKind::Cross, layer, cross);
                sum.end_half(model, at);
            }
            sum.whole = of_layer.after_attention.clone();

            let at = NormSite::FeedForward(stack, layer);
            if site == at {
                return sum;
            }
            sum.add(Part::FeedForward(stack, layer), of_layer.feed_forward.clone());
            sum.end_half(model, at);
        }
        assert_eq!(site, NormSite::Final(stack), "the model has no such site");
        sum.whole = of_stack.stream.clone();
        sum
    }

    /// What is read at a site: the [stream](Self::of_stream) after the norm that a pre-norm model has there. At
    /// [`NormSite::Final`] that is the stack's output: what the output layer reads of a decoder, and cross attention of an encoder.
    ///
    /// # Shapes
    ///
    /// As [`of_stream`](Self::of_stream).
    ///
    /// # Panics
    ///
    /// Likewise.
    pub fn of_reading<M: Traceable + ?Sized>(model: &M, trace: &Trace, tokens: Tensor<2, Int>, site: NormSite) -> Self {
        let mut sum = Self::of_stream(model, trace, tokens, site);
        // A post-norm model has no final norm, and has already normalised what is read elsewhere.
        if model.norm_placement() == NormPlacement::Pre
            && let Some(norm) = model.norm(site)
        {
            sum.normalise(&norm);
        }
        sum
    }

    /// By how much the parts' sum is off the whole anywhere, in units of the whole's largest number where that is above 1.
    pub fn error(&self) -> f64 {
        let sum = self.parts.iter().fold(self.whole.zeros_like(), |sum, (_, part)| sum + part.clone());
        let largest = |tensor: Tensor<3>| f64::from(tensor.abs().max().into_scalar::<f32>());
        largest(sum - self.whole.clone()) / largest(self.whole.clone()).max(1.0)
    }

    fn of_embedding<M: Traceable + ?Sized>(
        model: &M,
        stack: Stack,
        embedding: &Tensor<3>,
        tokens: Tensor<2, Int>,
    ) -> Self {
        let table = model.token_embedding(stack); // [vocab_size, d_model]
        let of_tokens = table.select(0, tokens.flatten(0, 1)).reshape(embedding.dims());
        let rest = embedding.clone() - of_tokens.clone();
        let mut parts = vec![(Part::TokenEmbedding, of_tokens)];
        // Positions that act in attention alone add exactly 0 here.
        if rest.clone().abs().max().into_scalar::<f32>() > 0.0 {
            let part = match model.beside_tokens(stack) {
                BesideTokens::Positions => Part::PositionEncoding,
                BesideTokens::Others => Part::RestOfEmbedding,
            };
            parts.push((part, rest));
        }
        Self { parts, whole: embedding.clone() }
    }

    fn add(&mut self, part: Part, term: Tensor<3>) {
        self.whole = self.whole.clone() + term.clone();
        self.parts.push((part, term));
    }

    /// The heads of an attention, then b_O.
    fn add_attention<M: Traceable + ?Sized>(
        &mut self,
        model: &M,
        kind: AttentionKind,
        layer: usize,
        trace: &AttentionTrace,
    ) {
        for head in 0..model.n_heads(kind) {
            let head = Head { kind, layer, head };
            let context: Tensor<3> = trace.context.clone().narrow(1, head.head, 1).squeeze_dim(1);
            self.add(Part::Head(head), context.matmul(model.head(head).output.unsqueeze()));
        }
        if let Some(bias) = model.output_bias(kind, layer) {
            let shape = self.whole.dims();
            self.add(Part::OutputBias(kind, layer), bias.unsqueeze::<3>().expand(shape));
        }
    }

    /// What a post-norm model does after each half of a layer.
    fn end_half<M: Traceable + ?Sized>(&mut self, model: &M, site: NormSite) {
        if model.norm_placement() == NormPlacement::Post
            && let Some(norm) = model.norm(site)
        {
            self.normalise(&norm);
        }
    }

    /// Every part's share of the normalised stream, at the scale of the stream itself; β is a part of its own.
    fn normalise(&mut self, norm: &Norm) {
        let stream = self.whole.clone();
        for (_, part) in &mut self.parts {
            *part = norm.share(&stream, part.clone());
        }
        if let Some(bias) = &norm.beta {
            let bias = bias.val().unsqueeze::<3>().expand(stream.dims());
            match self.parts.iter_mut().find(|(part, _)| *part == Part::NormBiases) {
                Some((_, biases)) => *biases = biases.clone() + bias,
                None => self.parts.push((Part::NormBiases, bias)),
            }
        }
        self.whole = norm.forward(stream);
    }
}

impl Part {
    /// What the part is called in a model with these kinds of attention: a head's kind or a layer's stack is named where there are several.
    pub fn name(self, kinds: &[AttentionKind]) -> String {
        match self {
            Self::Head(head) => head_name(head, kinds),
            Self::OutputBias(kind, layer) => of_kind(kind, &format!("L{layer} output bias"), kinds),
            Self::FeedForward(stack, layer) => of_stack(stack, &format!("FF{layer}"), kinds),
            Self::TokenEmbedding => "token".to_string(),
            Self::PositionEncoding => "position".to_string(),
            Self::RestOfEmbedding => "rest of embedding".to_string(),
            Self::NormBiases => "norm biases".to_string(),
            Self::UnembeddingBias => "unembedding bias".to_string(),
            Self::QueryBias => "query bias".to_string(),
            Self::KeyBias => "key bias".to_string(),
            Self::PositionBias => "position bias".to_string(),
        }
    }

    /// The same where space is short, as beside a picture.
    pub(crate) fn label(self, kinds: &[AttentionKind]) -> String {
        match self {
            Self::Head(head) => head_label(head, kinds),
            Self::OutputBias(kind, layer) => label_of_kind(kind, &format!("L{layer} bias"), kinds),
            Self::FeedForward(stack, layer) => label_of_stack(stack, &format!("FF{layer}"), kinds),
            other => other.name(kinds),
        }
    }
}

/// The tokens that a stack reads of each of these examples, `[batch_size, seq_length]`.
///
/// # Panics
///
/// When the examples are of several lengths.
pub fn tokens(examples: &[Example], stack: Stack, device: &Device) -> Tensor<2, Int> {
    let rows: Vec<&[usize]> = examples.iter().map(|example| example.queries(stack.self_attention())).collect();
    let length = rows.first().map_or(0, |row| row.len());
    assert!(rows.iter().all(|row| row.len() == length), "examples of several lengths in one batch");
    let ids: Vec<i64> = rows.concat().into_iter().map(|id| id as i64).collect();
    Tensor::from_data(TensorData::new(ids, [rows.len(), length]), device)
}

fn stack_of(site: NormSite) -> Stack {
    match site {
        NormSite::SelfAttention(stack, _) | NormSite::FeedForward(stack, _) | NormSite::Final(stack) => stack,
        NormSite::CrossAttention(_) => Stack::Decoder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_the_largest_error_wherever_it_stands() {
        for at in 0..3 {
            let mut errors = [1e-9, 0.0, 1e-7];
            errors[at] = f64::NAN;
            assert!(largest(errors).is_nan(), "{errors:?}");
        }
        assert_eq!((largest([1e-9, 1e-7, 0.0]), largest([])), (1e-7, 0.0));
    }
}
