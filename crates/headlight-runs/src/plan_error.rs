use crate::RunConfigError;
use crate::config_error::or_none;

/// Why a plan of runs is none.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No run, or more than anyone waits for.
    #[error("{} ({count}); a sweep can have at most {max}", if *count == 0 { "no runs" } else { "too many runs" })]
    Count {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A run that is not where its number says.
    #[error("run {found} stands where run {number} should")]
    Number {
        /// The number that comes next.
        number: usize,
        /// The number that is there.
        found: usize,
    },
    /// A run that would be outside the sweep's directory.
    #[error("run {number}: '{directory}' is not a directory below that of the sweep")]
    Directory {
        /// The run's number.
        number: usize,
        /// Its directory.
        directory: String,
    },
    /// A run that nothing can be trained with.
    #[error("{settings}: {source}")]
    Run {
        /// What sets it apart from the other runs.
        settings: String,
        /// What is wrong.
        source: Box<RunConfigError>,
    },
}

/// What makes one plan another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanDifference {
    /// Another task.
    Task {
        /// That of the sweep.
        started: String,
        /// That which was asked for.
        asked: String,
    },
    /// Other values of a setting.
    Axis {
        /// What the setting is called.
        name: String,
        /// The values in the sweep; `None` where it has one value or its default.
        started: Option<Vec<String>>,
        /// The values that were asked for.
        asked: Option<Vec<String>>,
    },
    /// Another setting of a run.
    Setting {
        /// The first run that has it.
        number: usize,
        /// Its key in `config.json`.
        name: String,
        /// Its value in the sweep; `None` where that is no value.
        started: Option<String>,
        /// The value that was asked for.
        asked: Option<String>,
    },
    /// Other runs, or the same in another order.
    Runs {
        /// How many the sweep has.
        started: usize,
        /// How many were asked for.
        asked: usize,
    },
}

/// As in `heads 1,2, not 1,2,4`.
impl std::fmt::Display for PlanDifference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Task { started, asked } => write!(f, "task {started}, not {asked}"),
            Self::Axis { name, started, asked } => match (started, asked) {
                (Some(started), Some(asked)) => {
                    let (started, asked) = different_parts(started, asked);
                    write!(f, "{name} {started}, not {asked}")
                }
                (Some(_), None) => write!(f, "several values of {name}, not one"),
                _ => write!(f, "one value of {name}, not several"),
            },
            Self::Setting { number, name, started, asked } => {
                write!(f, "{name} {} in run {number}, not {}", or_none(started), or_none(asked))
            }
            Self::Runs { started, asked } if started == asked => write!(f, "the same runs in another order"),
            Self::Runs { started, asked } => write!(f, "{started} runs, not {asked}"),
        }
    }
}

/// Both lists, where they are short; of long ones how long they are, or the first values that differ.
fn different_parts(started: &[String], asked: &[String]) -> (String, String) {
    let is_long = |values: &[String]| values.len() > 8;
    if !is_long(started) && !is_long(asked) {
        return (started.join(","), asked.join(","));
    }
    match started.iter().zip(asked).find(|(started, asked)| started != asked) {
        Some((one, other)) if started.len() == asked.len() => (one.clone(), other.clone()),
        _ => (format!("with {} values", started.len()), asked.len().to_string()),
    }
}
