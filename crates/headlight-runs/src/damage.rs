use headlight_model::ParametersError;
use headlight_record::RecordFileError;
use headlight_train::StateError;
use safetensors::{Dtype, SafeTensorError};

use crate::config_error::RunConfigError;
use crate::plan_error::PlanError;

/// What is wrong with a file of a run.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// Contents that are not what the run's list of files says.
    #[error("damaged: its contents are not those listed in files.jsonl")]
    Checksum,
    /// A checkpoint without a checksum.
    #[error("damaged: it is not listed in files.jsonl, so it cannot be checked")]
    Unlisted,
    /// Text that is not JSON, or JSON that is something else.
    #[error("damaged: {0}")]
    Json(#[from] serde_json::Error),
    /// A file, not of a run, in which no configuration of one is.
    #[error("not the configuration of a run: {0}")]
    NotAConfig(serde_json::Error),
    /// A line that is not one of such a file.
    #[error("damaged: line {line}: {source}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A line that is not text.
    #[error("damaged: line {line} is not text")]
    NotText {
        /// Counted from 1.
        line: usize,
    },
    /// A line of metrics of another step, or cut off.
    #[error("damaged: line {line} is not the line of step {line}")]
    OtherStep {
        /// Counted from 1.
        line: usize,
    },
    /// Fewer lines of metrics than the checkpoint's steps.
    #[error("damaged: it ends at step {lines}, and checkpoint.safetensors is of step {step}")]
    FewLines {
        /// How many there are.
        lines: usize,
        /// The checkpoint's step.
        step: usize,
    },
    /// Lines of metrics that the checkpoint was not written after.
    #[error("damaged: its lines up to step {step} have changed since checkpoint.safetensors was written")]
    OtherLines {
        /// The checkpoint's step.
        step: usize,
    },
    /// A configuration that is not the checkpoint's.
    #[error("damaged: {name} is {config}, and checkpoint.safetensors was written with {checkpoint}")]
    OtherConfig {
        /// The first key that differs.
        name: String,
        /// Its value in the configuration.
        config: String,
        /// Its value in the checkpoint.
        checkpoint: String,
    },
    /// Bytes that are not safetensors.
    #[error("damaged: {0}")]
    Safetensors(#[from] SafeTensorError),
    /// Safetensors without what a checkpoint has.
    #[error("damaged: there is no {0}")]
    Missing(&'static str),
    /// An evaluation that a training cannot have had.
    #[error("damaged: an exact match of {exact_match} at step {evaluated_at} cannot be that of step {step}")]
    Evaluation {
        /// The share that was right, by the checkpoint.
        exact_match: f64,
        /// The step after which it was measured.
        evaluated_at: usize,
        /// The checkpoint's step.
        step: usize,
    },
    /// A tensor of a type that no checkpoint has.
    #[error("damaged: {name} is {dtype:?}")]
    Type {
        /// The tensor.
        name: String,
        /// Its type.
        dtype: Dtype,
    },
    /// A file that is too small for the model that the configuration describes.
    #[error("damaged: the file is too small for this model")]
    Small,
    /// Parameters that are not those of the model.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// A state that is not one of this training.
    #[error(transparent)]
    State(#[from] StateError),
    /// Records or metrics that are none.
    #[error("{0}")]
    Record(#[from] RecordFileError),
    /// A configuration that no run has.
    #[error("damaged: {0}")]
    Config(#[from] RunConfigError),
    /// A plan that is none.
    #[error("damaged: {0}")]
    Plan(#[from] PlanError),
    /// A file of a layout that is too new.
    #[error("written by a newer Headlight (layout {version}; this one reads {newest}): use that one")]
    Newer {
        /// The file's.
        version: u64,
        /// The newest that is known.
        newest: u32,
    },
    /// A file of a layout that is too old.
    #[error("written by an older Headlight (layout {version}; this one reads {newest}): train the run again")]
    Older {
        /// The file's.
        version: u64,
        /// The one that is read.
        newest: u32,
    },
}

impl Damage {
    /// Whether the file was harmed after it was written, rather than written by another Headlight or by something else.
    pub fn is_damage(&self) -> bool {
        !matches!(self, Self::Newer { .. } | Self::Older { .. } | Self::NotAConfig(_))
    }
}
