use anyhow::bail;
use clap::Args;
use headlight_lens::{LensError, Moment, training as over_training};
use headlight_record::Findings;
use headlight_record::findings::Replacement;
use headlight_runs::SavedRun;

use super::heads::ScoringArguments;
use super::output::{OutputArguments, show};
use super::subject::{Subject, SubjectArguments};

#[derive(Args)]
pub(crate) struct TrainingArguments {
    #[command(flatten)]
    subject: SubjectArguments,
    #[command(flatten)]
    scoring: ScoringArguments,
    #[command(flatten)]
    output: OutputArguments,
}

/// What `lens training` prints: how what each head does came about.
pub(crate) fn training(arguments: &TrainingArguments) -> anyhow::Result<()> {
    let TrainingArguments { subject: of, scoring, output } = arguments;
    if of.is_compiled() {
        bail!("lens training needs a run trained with --keep-parameters-every; a compiled program is not trained");
    }
    let run = of.run()?;
    if run.kept_steps()?.is_empty() {
        let (path, task) = (of.path().display(), &run.config.task.spec.name);
        bail!(
            "{path}: no parameters were kept during training; 'headlight train {task} --keep-parameters-every 20 --out DIR' keeps \
             them"
        );
    }
    show(&findings(&run, &of.of_run(&run)?, scoring)?, output)
}

/// The heads of a run at every step whose parameters it kept, of which there is one at least.
pub(crate) fn findings(run: &SavedRun, subject: &Subject, scoring: &ScoringArguments) -> anyhow::Result<Findings> {
    let (examples, repeated, thresholds) = (&subject.examples, scoring.repeated(subject)?, scoring.thresholds());
    let moments = |with: Replacement| -> anyhow::Result<Vec<Moment>> {
        let moment = |step: usize| {
            let model = run.model_at(step)?;
            Ok(Moment::of(step, &model, examples, repeated.as_ref(), &thresholds, with)?)
        };
        run.kept_steps()?.into_iter().map(moment).collect()
    };
    let moments = match moments(Replacement::Mean) {
        // No two examples are alike enough for a mean.
        Err(error) if matches!(error.downcast_ref(), Some(LensError::NoPartner)) => moments(Replacement::Zero)?,
        found => found?,
    };
    Ok(over_training(&moments))
}
