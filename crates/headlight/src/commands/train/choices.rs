use clap::{Args, ValueEnum};
use headlight_model::{Activation, NormPlacement, Positions};
use headlight_runs::RunConfig;
use headlight_train::Schedule;

/// What a model and its training may be made of.
#[derive(Args)]
pub(super) struct Choices {
    /// How places are told apart [default: sinusoidal]
    #[arg(long, value_enum)]
    positions: Option<PositionsArgument>,
    /// Where the blocks normalise [default: pre]
    #[arg(long, value_enum)]
    norm: Option<NormArgument>,
    /// What bends the feed-forward layers [default: relu]
    #[arg(long, value_enum)]
    activation: Option<ActivationArgument>,
    /// Let the decoder's token vectors be its output layer too
    #[arg(long)]
    tie_weights: bool,
    /// How the learning rate changes [default: cosine]
    #[arg(long, value_enum)]
    schedule: Option<ScheduleArgument>,
    /// Steps over which the learning rate rises to its full height [default: the task's own]
    #[arg(long, value_name = "N")]
    warmup_steps: Option<usize>,
    /// The step by which a cosine schedule has fallen to a tenth [default: the task's own, moved with the warm-up]
    #[arg(long, value_name = "N")]
    decay_steps: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum PositionsArgument {
    /// Sines and cosines, added to the tokens' vectors
    Sinusoidal,
    /// A learned vector for each place, added to the tokens' vectors
    Learned,
    /// Queries and keys of self-attention are turned by their places
    Rotary,
    /// Scores of self-attention fall with the distance; for a decoder alone
    Alibi,
    /// Nothing says where a token stands
    None,
}

#[derive(Clone, Copy, ValueEnum)]
enum NormArgument {
    /// Before each part: x + f(norm(x))
    Pre,
    /// Behind each part, as in the original paper: norm(x + f(x))
    Post,
}

#[derive(Clone, Copy, ValueEnum)]
enum ActivationArgument {
    /// max(0, x)
    Relu,
    /// x Φ(x), exactly
    Gelu,
}

#[derive(Clone, Copy, ValueEnum)]
enum ScheduleArgument {
    /// The same at every step
    Constant,
    /// It rises in a straight line, then falls to a tenth along half a cosine wave
    Cosine,
    /// It rises in a straight line, then falls with the inverse square root of the step, as in the original paper
    InverseSquareRoot,
}

impl Choices {
    /// Puts what was chosen into the run.
    pub(super) fn apply(&self, config: &mut RunConfig) {
        if let Some(positions) = self.positions {
            config.model.positions = match positions {
                PositionsArgument::Sinusoidal => Positions::Sinusoidal,
                PositionsArgument::Learned => Positions::Learned,
                PositionsArgument::Rotary => Positions::Rotary,
                PositionsArgument::Alibi => Positions::Alibi,
                PositionsArgument::None => Positions::None,
            };
        }
        if let Some(norm) = self.norm {
            config.model.norm = match norm {
                NormArgument::Pre => NormPlacement::Pre,
                NormArgument::Post => NormPlacement::Post,
            };
        }
        if let Some(activation) = self.activation {
            config.model.activation = match activation {
                ActivationArgument::Relu => Activation::Relu,
                ActivationArgument::Gelu => Activation::Gelu,
            };
        }
        config.model.tie_weights |= self.tie_weights;
        if let Some(schedule) = self.schedule {
            config.training.set_schedule(match schedule {
                ScheduleArgument::Constant => Schedule::Constant,
                ScheduleArgument::Cosine => Schedule::Cosine,
                ScheduleArgument::InverseSquareRoot => Schedule::InverseSquareRoot,
            });
        }
        if let Some(warmup_steps) = self.warmup_steps {
            config.training.set_warmup(warmup_steps);
        }
        config.training.decay_steps = self.decay_steps.unwrap_or(config.training.decay_steps);
    }
}
