use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use headlight_model::{Trace, Traceable};

use crate::examples::Example;

/// How a token of the right answer stands among all tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Its probability.
    pub probability: f64,
    /// Its place among all tokens, the likeliest first: 1 where it is what the model would say. Of equally likely tokens the first in the
    /// vocabulary is said, and comes first.
    pub rank: usize,
}

/// The logits of the stream at every depth: of the embedding, then after each layer. The last are the model's own.
///
/// The final norm is applied anew to each depth's stream. Dividing all of them by the last layer's spread instead, which a cache of the
/// pass has at hand, is a mistake: earlier streams are shorter, and their logits would come out too small ([TransformerLens
/// #1076](https://github.com/TransformerLensOrg/TransformerLens/issues/1076)).
///
/// # Shapes
///
/// - each: `[batch_size, seq_length, vocab_size]`
///
/// # Panics
///
/// When the trace is of another model.
pub fn logits_by_layer<M: Traceable + ?Sized>(model: &M, trace: &Trace) -> Vec<Tensor<3>> {
    streams(model, trace).map(|stream| model.unembed(stream.clone())).collect()
}

/// The stream at every depth.
///
/// # Panics
///
/// When the trace is of another model.
pub(super) fn streams<'a, M: Traceable + ?Sized>(model: &M, trace: &'a Trace) -> impl Iterator<Item = &'a Tensor<3>> {
    let stack = model.output_stack();
    let Some(of_stack) = trace.stack(stack) else { panic!("the model has no {stack:?}") };
    of_stack.layers.iter().map(|layer| &layer.before).chain([&of_stack.stream])
}

/// How the tokens of the right answers stand in these logits, example by example.
///
/// # Shapes
///
/// - logits: `[batch_size, seq_length, vocab_size]`, a row for each example
pub fn standings(logits: Tensor<3>, examples: &[Example]) -> Vec<Vec<Standing>> {
    let [_, seq_length, vocab_size] = logits.dims();
    let probabilities: Vec<f32> = softmax(logits.clone(), 2).into_data().iter().collect();
    // Ranks are those of the logits: probabilities that differ by less than an f32 tells are equal.
    let logits: Vec<f32> = logits.into_data().iter().collect();
    let rows = examples.iter().enumerate().map(|(row, example)| {
        let of_token = example.answer.iter().map(|asked| {
            let at = (row * seq_length + asked.position) * vocab_size;
            let (all, of_right) = (&logits[at..][..vocab_size], logits[at + asked.token]);
            let is_before = |token: usize, logit: f32| logit > of_right || logit == of_right && token < asked.token;
            let before = all.iter().enumerate().filter(|(token, logit)| is_before(*token, **logit)).count();
            Standing { probability: f64::from(probabilities[at + asked.token]), rank: before + 1 }
        });
        of_token.collect()
    });
    rows.collect()
}
