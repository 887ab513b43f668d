use serde::{Deserialize, Serialize};

/// How the learning rate changes from step to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same at every step, without a warm-up.
    Constant,
    /// It rises in a straight line, falls to a tenth along half a cosine wave, and stays there (after Loshchilov and Hutter,
    /// [SGDR](https://arxiv.org/abs/1608.03983)).
    Cosine,
    /// It rises in a straight line, then falls with the inverse square root of the step, for ever.
    ///
    /// Equation 3 of Vaswani et al., [Attention Is All You Need](https://arxiv.org/abs/1706.03762), d_model^−½ ·
    /// min(step^−½, step · warmup^−1½), scaled so that its peak, at the end of warm-up, is the training's learning rate. The paper's own
    /// peak is (d_model · warmup)^−½.
    InverseSquareRoot,
}

/// The tenth of its height at which a cosine schedule ends.
const FLOOR: f64 = 0.1;

impl Schedule {
    /// The share of the highest learning rate at a step, counted from 1.
    pub(crate) fn factor(self, step: usize, warmup_steps: usize, decay_steps: usize) -> f64 {
        let (step, warmup, decay) = (step as f64, warmup_steps as f64, decay_steps as f64);
        match self {
            Self::Constant => 1.0,
            Self::Cosine | Self::InverseSquareRoot if step < warmup => step / warmup,
            Self::Cosine if step < decay => {
                let progress = (step - warmup) / (decay - warmup);
                FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
            }
            Self::Cosine => FLOOR,
            Self::InverseSquareRoot => (warmup / step).sqrt(),
        }
    }
}

impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Constant => "constant",
            Self::Cosine => "cosine",
            Self::InverseSquareRoot => "inverse-square-root",
        })
    }
}
