use std::fmt;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::device::DeviceArgument;
use super::lens::subject::{Subject, SubjectArguments};
use crate::output::say;

/// Among so many examples, some have one length.
const EXAMPLES: u32 = 64;

#[derive(Args)]
pub(crate) struct CheckArguments {
    /// Directory of a run, its checkpoint.safetensors, NAME.json of a compiled program, or a model that others trained
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// Largest difference not counted as a leak; 0 requires bit-equal numbers
    #[arg(long, value_name = "X", default_value_t = 0.0)]
    bound: f64,
    #[command(flatten)]
    device: DeviceArgument,
}

/// The model leaks: a failure, not a wrong request.
#[derive(Debug)]
pub(crate) struct Leaking {
    pub(crate) checks: usize,
    pub(crate) failed: usize,
}

impl fmt::Display for Leaking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the model leaks: {} of {} checks failed", self.failed, self.checks)
    }
}

impl std::error::Error for Leaking {}

pub(crate) fn check(arguments: &CheckArguments) -> anyhow::Result<()> {
    if !(arguments.bound >= 0.0 && arguments.bound.is_finite()) {
        bail!("--bound is a difference: 0, or a number above it, not {}", arguments.bound);
    }
    let subject = SubjectArguments::of(arguments.source.clone(), EXAMPLES, 0, arguments.device.clone());
    let Subject { model, examples, .. } = subject.open()?;
    let report = headlight_lens::check(model.as_ref(), &examples.side_by_side(), arguments.bound);
    say(&report)?;
    match report.leaks().count() {
        0 => Ok(()),
        failed => Err(Leaking { checks: report.checks.len(), failed }.into()),
    }
}
