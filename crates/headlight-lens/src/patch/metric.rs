use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

use super::pairs::Pair;

/// How far a pass is on the way from the corrupt answer to the clean one, at the first position where the two differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Metric {
    /// The logit of the clean answer's token less that of the corrupt one's.
    #[default]
    LogitDifference,
    /// The log probability of the clean answer's token, in nats.
    LogProbability,
}

impl Metric {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::LogitDifference => "logit difference",
            Self::LogProbability => "log probability",
        }
    }

    /// The metric of each pair.
    ///
    /// # Shapes
    ///
    /// - logits: `[batch_size, seq_length, vocab_size]`, a row for each pair
    pub fn of(self, logits: &Tensor<3>, pairs: &[Pair]) -> Vec<f64> {
        let scores = match self {
            Self::LogitDifference => logits.clone(),
            Self::LogProbability => log_softmax(logits.clone(), 2),
        };
        let rows = of_answers(scores, pairs);
        let of_pair = |(scores, pair): (Vec<f64>, &Pair)| match self {
            Self::LogitDifference => scores[pair.clean_token()] - scores[pair.corrupt_token()],
            Self::LogProbability => scores[pair.clean_token()],
        };
        rows.into_iter().zip(pairs).map(of_pair).collect()
    }
}

/// Of which pairs the model gives both tokens rightly.
pub(super) fn told_apart(clean: &Tensor<3>, corrupt: &Tensor<3>, pairs: &[Pair]) -> Vec<bool> {
    let is_first = |scores: &[f64], token: usize| scores.iter().all(|other| *other <= scores[token]);
    let rows = of_answers(clean.clone(), pairs).into_iter().zip(of_answers(corrupt.clone(), pairs)).zip(pairs);
    rows.map(|((clean, corrupt), pair)| {
        is_first(&clean, pair.clean_token()) && is_first(&corrupt, pair.corrupt_token())
    })
    .collect()
}

/// The scores of all tokens where each pair's answers first differ.
fn of_answers(scores: Tensor<3>, pairs: &[Pair]) -> Vec<Vec<f64>> {
    let [_, seq_length, vocab_size] = scores.dims();
    let scores: Vec<f32> = scores.into_data().iter().collect();
    let row = |(row, pair): (usize, &Pair)| {
        let at = (row * seq_length + pair.position()) * vocab_size;
        scores[at..][..vocab_size].iter().copied().map(f64::from).collect()
    };
    pairs.iter().enumerate().map(row).collect()
}
