//! What fails when heads and feed-forward layers are replaced.

use std::str::FromStr;

use clap::{Args, ValueEnum};
use headlight_lens::{AblationConfig, LensError, find_head};
use headlight_model::Head;
use headlight_record::findings::Replacement;
use headlight_record::{HeadName, HeadNameError};

use super::output::{OutputArguments, show};
use super::subject::{Answers, Subject, SubjectArguments};

/// What to replace, and by what.
#[derive(Args)]
pub(crate) struct AblateArguments {
    #[command(flatten)]
    subject: SubjectArguments,
    /// What replaces an output; several are separated by commas
    #[arg(long, value_enum, value_delimiter = ',', default_value = "mean")]
    with: Vec<With>,
    /// Heads to replace together besides each by itself, such as L0H2,L1H3; can be given several times
    #[arg(long, value_name = "HEADS")]
    heads: Vec<HeadSet>,
    /// Also replace every pair of heads
    #[arg(long)]
    pairs: bool,
    #[command(flatten)]
    output: OutputArguments,
}

/// By what an output is replaced.
#[derive(Clone, Copy, ValueEnum)]
enum With {
    /// Zeros
    Zero,
    /// Its mean over the examples, position by position
    Mean,
    /// Its output on another example
    Resample,
}

/// Heads with commas between them.
#[derive(Clone, Debug)]
struct HeadSet(Vec<HeadName>);

impl FromStr for HeadSet {
    type Err = HeadNameError;

    fn from_str(text: &str) -> Result<Self, HeadNameError> {
        text.split(',').map(|name| name.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl With {
    fn replacement(self) -> Replacement {
        match self {
            Self::Zero => Replacement::Zero,
            Self::Mean => Replacement::Mean,
            Self::Resample => Replacement::Resample,
        }
    }
}

pub(crate) fn ablate(arguments: &AblateArguments) -> anyhow::Result<()> {
    let Subject { model, examples, .. } = arguments.subject.open_with(Answers::EveryToken)?;
    let mut with: Vec<Replacement> = arguments.with.iter().map(|with| with.replacement()).collect();
    with.sort_unstable();
    with.dedup();
    let heads = |HeadSet(names): &HeadSet| names.iter().map(|name| find_head(&*model, *name)).collect();
    let sets = arguments.heads.iter().map(heads).collect::<Result<Vec<Vec<Head>>, LensError>>()?;
    let config = AblationConfig { with, sets, pairs: arguments.pairs };
    let findings = headlight_lens::ablate(model.as_ref(), &examples, &config).map_err(|error| match error {
        LensError::NoPartner => anyhow::anyhow!("{error}: look at more examples, or put zeros there (--with zero)"),
        other => other.into(),
    })?;
    show(&findings, &arguments.output)
}
