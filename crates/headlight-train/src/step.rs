use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::GradientsParams;
use burn::tensor::{Int, Tensor};
use headlight_model::Transformer;

use crate::Batch;
use crate::tally::Tally;

/// How well a batch was predicted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchScore {
    /// Mean cross-entropy, in nats per predicted token.
    pub loss: f64,
    /// Share of the tokens that were predicted rightly.
    pub token_accuracy: f64,
    /// The same for each position in the answers, from their first token to the last of the longest.
    pub by_position: Vec<Tally>,
}

impl BatchScore {
    /// Adds the score of a part of the batch, which has this share of its tokens.
    pub(crate) fn add(&mut self, share: f64, part: &Self) {
        self.loss += share * part.loss;
        self.token_accuracy += share * part.token_accuracy;
        let positions = self.by_position.len().max(part.by_position.len());
        self.by_position.resize(positions, Tally::default());
        for (sum, tally) in self.by_position.iter_mut().zip(&part.by_position) {
            *sum = Tally { right: sum.right + tally.right, asked: sum.asked + tally.asked };
        }
    }
}

/// The cross-entropy of a batch's answers, in nats per token, and for each of their tokens whether it was predicted rightly.
///
/// # Shapes
///
/// - loss: `[1]`
/// - right: as [`Batch::answer`], `[answer_tokens]`
///
/// # Panics
///
/// When the model does not fit the batch's architecture.
pub fn batch_loss(model: &Transformer, batch: &Batch) -> (Tensor<1>, Vec<bool>) {
    // [batch_size, target_length, vocab_size]; only where the answer is predicted does it matter.
    let logits = model.forward(batch.source.as_ref(), &batch.target);
    let [batch_size, target_length, vocab_size] = logits.dims();
    let logits = logits.reshape([batch_size * target_length, vocab_size]).select(0, batch.predicted_at.clone());

    let predicted: Tensor<1, Int> = logits.clone().argmax(1).squeeze_dim(1);
    let right = predicted.equal(batch.answer.clone()).into_data().iter::<bool>().collect();
    let loss = CrossEntropyLossConfig::new().init(&logits.device()).forward(logits, batch.answer.clone());
    (loss, right)
}

/// One forward and backward pass: the score, and the gradient of `share × loss`. A whole batch has the share 1; a part of a
/// batch has the part's share of the predicted tokens, so that the parts' gradients add up to the whole's.
///
/// # Panics
///
/// As [`batch_loss`], or when the model is not on an autodiff device.
pub fn forward_backward(model: &Transformer, batch: &Batch, share: f64) -> (BatchScore, GradientsParams) {
    let (loss, right) = batch_loss(model, batch);
    let by_position = batch.by_position(&right);
    let count: usize = by_position.iter().map(|tally| tally.right).sum();
    let token_accuracy = count as f64 / batch.answer_tokens() as f64;
    let score = BatchScore { loss: f64::from(loss.clone().into_scalar::<f32>()), token_accuracy, by_position };
    let gradients = (loss * share).backward();
    (score, GradientsParams::from_grads(gradients, model))
}

/// Scales all gradients together so that their common Euclidean norm is at most `max_norm` (Pascanu et al.,
/// [2013](https://arxiv.org/abs/1211.5063)). Returns the norm before. Burn's own clipping takes each tensor by itself,
/// which bends the step's direction.
///
/// # Panics
///
/// When there is no gradient, or one cannot be read back from its device.
pub fn clip_gradients<M: Module>(model: &M, gradients: &mut GradientsParams, max_norm: f64) -> f64 {
    let mut squares = Squares { gradients, sums: Vec::new() };
    model.visit(&mut squares);
    // Read back together: a graphics card is waited for once, not once a tensor.
    let sums = Tensor::cat(squares.sums, 0).into_data();
    let norm = sums.iter::<f64>().sum::<f64>().sqrt();
    if norm > max_norm {
        model.visit(&mut Scale { gradients, factor: max_norm / norm });
    }
    norm
}

/// The sum of the squares of each gradient.
struct Squares<'a> {
    gradients: &'a GradientsParams,
    sums: Vec<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.sums.push(gradient.square().sum());
        }
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient * self.factor);
        }
    }
}
