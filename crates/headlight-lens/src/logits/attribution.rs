use burn::tensor::{Tensor, TensorData};
use headlight_model::{NormSite, Trace, Traceable};

use crate::LensError;
use crate::decomposition::{Decomposition, Part, TOLERANCE, floats, largest, tokens};
use crate::examples::Example;

/// What each part of a model adds to the logit of the right answer, as a mean over the answer's tokens: the numbers of each example.
#[derive(Clone, Debug, Default)]
pub struct Attribution {
    /// Each part, and what it adds to the logit; b_U of the output layer is the last.
    pub logit: Vec<(Part, Vec<f64>)>,
    /// The same for the logit less the mean of all tokens' logits. A part that raises all logits alike changes no probability, and is 0
    /// here.
    pub above_mean: Vec<(Part, Vec<f64>)>,
    /// The logits that the model gave, which those of the parts add up to.
    pub given: Vec<f64>,
    /// The same less the mean of all tokens'.
    pub given_above_mean: Vec<f64>,
    /// By how much a sum is off at most, in units of the largest logit where that is above 1.
    pub error: f64,
}

/// Direct logit attribution: the output layer is linear, and so is the final norm at the scale that it has, so that the logit of a token t
/// is Σ_parts share(part) · W_U\[t\] + b_U\[t\].
///
/// Direct means: what a part adds through later heads and feed-forward layers is counted as theirs.
///
/// # Errors
///
/// When the sum is not the logit that the model gave, or the output layer is not linear.
///
/// # Panics
///
/// When the trace is not of these examples.
pub fn attribution<M: Traceable + ?Sized>(
    model: &M,
    trace: &Trace,
    examples: &[Example],
) -> Result<Attribution, LensError> {
    let (stack, device) = (model.output_stack(), trace.logits.device());
    let read = Decomposition::of_reading(model, trace, tokens(examples, stack, &device), NormSite::Final(stack));
    let unembedding = model.unembedding().ok_or(LensError::NonlinearOutput)?;
    let [_, seq_length, vocab_size] = trace.logits.dims();

    // W_U of the token that is asked at each position, [batch_size, seq_length, d_model]; where none is, what comes out is not read.
    let mut asked = vec![0i64; examples.len() * seq_length];
    for (row, example) in examples.iter().enumerate() {
        for answer in &example.answer {
            asked[row * seq_length + answer.position] = answer.token as i64;
        }
    }
    let asked = Tensor::from_data(TensorData::new(asked, [examples.len() * seq_length]), &device);
    let of_token = unembedding.weight.clone().transpose().select(0, asked).reshape(read.whole.dims());
    let of_mean = unembedding.weight.clone().mean_dim(1).transpose(); // [1, d_model]
    let along = |part: &Tensor<3>, direction: Tensor<3>| floats((part.clone() * direction).sum_dim(2));

    let means = |at: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
        let of_example = |(row, example): (usize, &Example)| {
            let terms = example.answer.iter().map(|answer| at(row * seq_length + answer.position, answer.token));
            terms.sum::<f64>() / example.answer.len() as f64
        };
        examples.iter().enumerate().map(of_example).collect()
    };
    let mut found = Attribution::default();
    for (part, term) in &read.parts {
        let of_right = along(term, of_token.clone());
        let of_all = along(term, of_mean.clone().unsqueeze());
        found.logit.push((*part, means(&|at, _| of_right[at])));
        found.above_mean.push((*part, means(&|at, _| of_right[at] - of_all[at])));
    }
    if let Some(bias) = unembedding.bias {
        let bias = floats(bias);
        let mean = bias.iter().sum::<f64>() / vocab_size as f64;
        found.logit.push((Part::UnembeddingBias, means(&|_, token| bias[token])));
        found.above_mean.push((Part::UnembeddingBias, means(&|_, token| bias[token] - mean)));
    }
    let logits = floats(trace.logits.clone());
    let of_position = |at: usize| &logits[at * vocab_size..][..vocab_size];
    found.given = means(&|at, token| of_position(at)[token]);
    found.given_above_mean =
        means(&|at, token| of_position(at)[token] - of_position(at).iter().sum::<f64>() / vocab_size as f64);
    found.error = found.largest_error() / logits.iter().fold(1.0, |most, logit| logit.abs().max(most));
    // Written so that NaN is refused too.
    if found.error < TOLERANCE { Ok(found) } else { Err(LensError::Sum { of: "a logit", error: found.error }) }
}

impl Attribution {
    /// The sums of each example's parts, against what the model gave.
    fn largest_error(&self) -> f64 {
        let against = |parts: &[(Part, Vec<f64>)], given: &[f64]| {
            let sums = (0..given.len()).map(|row| parts.iter().map(|(_, terms)| terms[row]).sum::<f64>());
            largest(sums.zip(given).map(|(sum, given)| (sum - given).abs()))
        };
        against(&self.logit, &self.given) + against(&self.above_mean, &self.given_above_mean)
    }

    /// Another batch's examples behind these.
    pub(super) fn append(&mut self, other: Self) {
        if self.logit.is_empty() {
            *self = other;
            return;
        }
        let extend = |parts: &mut Vec<(Part, Vec<f64>)>, others: Vec<(Part, Vec<f64>)>| {
            assert_eq!(parts.len(), others.len(), "every batch has the same parts");
            parts.iter_mut().zip(others).for_each(|((_, terms), (_, more))| terms.extend(more));
        };
        extend(&mut self.logit, other.logit);
        extend(&mut self.above_mean, other.above_mean);
        self.given.extend(other.given);
        self.given_above_mean.extend(other.given_above_mean);
        self.error = largest([self.error, other.error]);
    }
}
