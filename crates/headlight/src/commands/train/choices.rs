use clap::{Args, ValueEnum};
use headlight_model::{Activation, NormPlacement, Positions};
use headlight_runs::RunConfig;
use headlight_train::Schedule;

/// What a model and its training can be made of.
#[derive(Args)]
pub(super) struct Choices {
    /// Position encoding [default: sinusoidal]
    #[arg(long, value_enum)]
    positions: Option<PositionsArgument>,
    /// Where the blocks apply layer normalisation [default: pre]
    #[arg(long, value_enum)]
    norm: Option<NormArgument>,
    /// Activation of the feed-forward layers [default: relu]
    #[arg(long, value_enum)]
    activation: Option<ActivationArgument>,
    /// Use the decoder's token embedding as its output layer too
    #[arg(long)]
    tie_weights: bool,
    /// How the learning rate changes [default: cosine]
    #[arg(long, value_enum)]
    schedule: Option<ScheduleArgument>,
    /// Steps over which the learning rate rises to its peak [default: depends on the task]
    #[arg(long, value_name = "N")]
    warmup_steps: Option<usize>,
    /// Step at which a cosine schedule reaches a tenth of the peak [default: depends on the task, and moves with the warm-up]
    #[arg(long, value_name = "N")]
    decay_steps: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum PositionsArgument {
    /// Sines and cosines, added to the token embeddings
    Sinusoidal,
    /// A learned vector for each position, added to the token embeddings
    Learned,
    /// Queries and keys of self-attention are rotated by their positions
    Rotary,
    /// Scores of self-attention fall with distance; only for a decoder
    Alibi,
    /// No position encoding
    None,
}

#[derive(Clone, Copy, ValueEnum)]
enum NormArgument {
    /// Before each sublayer: x + f(norm(x))
    Pre,
    /// After each sublayer, as in the original paper: norm(x + f(x))
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
    /// Linear warm-up, then a fall to a tenth along half a cosine wave
    Cosine,
    /// Linear warm-up, then a fall with the inverse square root of the step, as in the original paper
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
