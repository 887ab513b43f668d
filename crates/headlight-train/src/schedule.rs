use serde::{Deserialize, Serialize};

use crate::{TrainError, TrainingConfig};

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
    fn factor(self, step: usize, warmup_steps: usize, decay_steps: usize) -> f64 {
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

impl TrainingConfig {
    /// The learning rate of a step, counted from 1.
    pub fn learning_rate_at(&self, step: usize) -> f64 {
        self.learning_rate * self.schedule.factor(step, self.warmup_steps, self.decay_steps)
    }

    /// Takes another schedule, and drops what it has no use for: a constant rate has no warm-up, and a cosine's alone ends.
    pub fn set_schedule(&mut self, schedule: Schedule) {
        self.schedule = schedule;
        if schedule == Schedule::Constant {
            self.warmup_steps = 0;
        }
        if schedule != Schedule::Cosine {
            self.decay_steps = 0;
        }
    }

    /// Takes a longer or shorter warm-up. A cosine's fall begins at its end, and takes as many steps as before.
    pub fn set_warmup(&mut self, warmup_steps: usize) {
        if self.schedule == Schedule::Cosine {
            self.decay_steps = self.decay_steps.saturating_sub(self.warmup_steps).saturating_add(warmup_steps);
        }
        self.warmup_steps = warmup_steps;
    }

    /// Steps that the schedule has no use for, or lacks, are a mistake.
    pub(crate) fn check_schedule(&self) -> Result<(), TrainError> {
        let Self { schedule, warmup_steps, decay_steps, .. } = *self;
        let (good, reason) = match schedule {
            Schedule::Constant => {
                (warmup_steps == 0 && decay_steps == 0, "has no warm-up and no decay: both must be 0")
            }
            Schedule::Cosine => (warmup_steps < decay_steps, "falls after its warm-up: it needs more steps to decay"),
            Schedule::InverseSquareRoot => {
                (warmup_steps > 0 && decay_steps == 0, "needs a warm-up of at least one step, and no decay")
            }
        };
        if good { Ok(()) } else { Err(TrainError::Schedule { schedule, reason, warmup_steps, decay_steps }) }
    }
}
