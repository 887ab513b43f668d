use headlight_model::Head;

/// Which score is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Of which head.
    pub head: Head,
    /// The position that attends.
    pub query: usize,
    /// The position that is attended to.
    pub key: usize,
}

/// The score of one example, and what it is the sum of.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// For each part of the query and each of the key their share of the score, `[query parts, key parts]` row-major.
    pub score: Vec<f64>,
    /// The same less its mean over all keys that the query sees. Softmax ignores what all scores of a row have in common, so
    /// this is what the weight comes from.
    pub above_mean: Vec<f64>,
    /// What a bias of the positions (ALiBi) adds to the score, and the same less its mean.
    pub bias: Option<[f64; 2]>,
    /// The score that the model computed, and the same less its mean.
    pub given: [f64; 2],
    /// The attention weight that softmax made of it.
    pub weight: f64,
}

impl Terms {
    /// By how much the sums are off, in units of the score where that is above 1.
    pub(super) fn error(&self) -> f64 {
        let off = |terms: &[f64], which: usize| {
            let sum = terms.iter().sum::<f64>() + self.bias.map_or(0.0, |bias| bias[which]);
            (sum - self.given[which]).abs() / self.given[which].abs().max(1.0)
        };
        off(&self.score, 0) + off(&self.above_mean, 1)
    }
}
