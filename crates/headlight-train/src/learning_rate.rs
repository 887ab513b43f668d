use crate::config::TrainingConfig;
use crate::schedule::Schedule;
use crate::setting_error::SettingError;

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
    pub(crate) fn check_schedule(&self) -> Result<(), SettingError> {
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
        if good { Ok(()) } else { Err(SettingError::Schedule { schedule, reason, warmup_steps, decay_steps }) }
    }
}
