/// Something that a sweep does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    /// No such axis.
    #[error("unknown axis '{name}': this sweep's axes are {}", if known.is_empty() { "none but the seed" } else { known })]
    Axis {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The seed, over which all numbers are taken.
    #[error("seed is no axis here: numbers are over all seeds")]
    Seed,
    /// One axis for both.
    #[error("rows and columns are both {name}: choose another axis for one of them")]
    Twice {
        /// The axis.
        name: String,
    },
    /// No such value.
    #[error("unknown value '{value}' of {name}: its values are {known}")]
    Value {
        /// The axis.
        name: String,
        /// What was asked for.
        value: String,
        /// What there is.
        known: String,
    },
    /// A text that chooses nothing.
    #[error("'{0}' is not a cell: write heads=2,d-model=32")]
    Choice(String),
}
