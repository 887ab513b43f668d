use crate::schedule::Schedule;

/// Why a size, a rate or a schedule is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingError {
    /// A number out of its range.
    #[error("{name} is {value}, but must be from {min} to {max}")]
    Range {
        /// What the number is for.
        name: &'static str,
        /// The number asked for.
        value: usize,
        /// The smallest allowed.
        min: usize,
        /// The largest allowed.
        max: usize,
    },
    /// A rate or weight that is negative, infinite or NaN.
    #[error("{name} is {value}, but must be {expected}")]
    Number {
        /// What the number is for.
        name: &'static str,
        /// The number asked for.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// Steps that a learning-rate schedule has no use for, or lacks.
    #[error("the {schedule} schedule {reason}, but warmup-steps is {warmup_steps} and decay-steps is {decay_steps}")]
    Schedule {
        /// The schedule.
        schedule: Schedule,
        /// What it wants.
        reason: &'static str,
        /// The steps of warm-up asked for.
        warmup_steps: usize,
        /// The step asked for at which the decay ends.
        decay_steps: usize,
    },
}
