//! What the lenses say of a run, for its page.

use std::path::Path;

use headlight_device::DeviceName;
use headlight_lens::{AblationConfig, LensError, ablate};
use headlight_record::Findings;
use headlight_record::findings::Replacement;

use crate::commands::device::DeviceArgument;
use crate::commands::lens::heads::ScoringArguments;
use crate::commands::lens::subject::{Subject, SubjectArguments};
use crate::commands::lens::training;

/// Held-out examples, as many as each lens looks at where nobody asks for others.
const EXAMPLES: u32 = 256;

/// What the heads of a run attend to, what fails without each, and, where the run kept parameters, how that came about.
pub(super) fn findings(run: &Path, device: Option<DeviceName>) -> anyhow::Result<Vec<Findings>> {
    let asked = SubjectArguments::of(run.to_owned(), EXAMPLES, 0, DeviceArgument { device });
    let run = asked.run()?;
    let (subject, scoring) = (asked.of_run(&run)?, ScoringArguments::default());
    let mut findings = vec![scoring.scores(&subject)?.findings(), ablated(&subject)?];
    if !run.kept_steps()?.is_empty() {
        findings.push(training::findings(&run, &subject, &scoring)?);
    }
    Ok(findings)
}

/// Each part replaced by its mean and by zeros; by zeros alone where no two examples are alike enough for a mean.
fn ablated(subject: &Subject) -> Result<Findings, LensError> {
    let with = |with: &[Replacement]| {
        let config = AblationConfig { with: with.to_vec(), ..AblationConfig::default() };
        ablate(&*subject.model, &subject.examples, &config)
    };
    match with(&[Replacement::Mean, Replacement::Zero]) {
        Err(LensError::NoPartner) => with(&[Replacement::Zero]),
        found => found,
    }
}
