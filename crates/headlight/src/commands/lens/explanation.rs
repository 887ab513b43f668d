//! Whether attention explains the answers.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use headlight_lens::OtherRun;
use headlight_runs::SeedDirectory;

use super::output::{OutputArguments, show};
use super::subject::{Answers, Subject, SubjectArguments};

/// Whose attention is tested, and beside which runs.
#[derive(Args)]
pub(crate) struct ExplanationArguments {
    #[command(flatten)]
    subject: SubjectArguments,
    /// Runs of the same task and sizes with other seeds, separated by commas; a SOURCE made by 'train --seeds' brings its own
    #[arg(long, value_name = "DIRS", value_delimiter = ',')]
    others: Vec<PathBuf>,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn explanation(arguments: &ExplanationArguments) -> anyhow::Result<()> {
    let (first, others) = arguments.runs()?;
    let Subject { model, examples, trained_with, .. } = first.open_with(Answers::EveryToken)?;
    let mut subjects = Vec::new();
    for other in &others {
        let subject = other.open_with(Answers::EveryToken)?;
        if subject.examples.vocabulary != examples.vocabulary || subject.examples.origin.task != examples.origin.task {
            bail!("{}: a run of another task than {}", other.path().display(), first.path().display());
        }
        let longest = examples.iter().map(|example| example.source.len().max(example.target.len())).max().unwrap_or(0);
        if let Some(positions) = subject.positions.filter(|positions| *positions < longest) {
            bail!(
                "{} has {positions} positions, and the longest example of {} has {longest} tokens: compare runs of equal lengths",
                other.path().display(),
                first.path().display()
            );
        }
        if let Some(seed) = subject.trained_with.filter(|seed| trained_with == Some(*seed)) {
            let (other, task, next) = (other.path().display(), &examples.origin.task, seed.wrapping_add(1));
            bail!(
                "{other} has the same seed ({seed}) as {}: train another with 'headlight train {task} --seed {next}'",
                first.path().display()
            );
        }
        subjects.push((other.path().display().to_string(), subject));
    }
    let runs: Vec<_> =
        subjects.iter().map(|(name, subject)| OtherRun { name: name.clone(), model: subject.model.as_ref() }).collect();
    let mut findings = headlight_lens::explanation(model.as_ref(), &examples, &runs)?;
    if runs.is_empty() {
        let task = &findings.origin.task;
        findings.notes.push(format!(
            "how far the attention of other seeds is from this one's: 'headlight train {task} --seeds 0..5 --out DIR', then 'headlight \
             lens explanation DIR'; or give other runs with --others"
        ));
    }
    show(&findings, &arguments.output)
}

impl ExplanationArguments {
    /// The run that is tested, and those beside it.
    fn runs(&self) -> anyhow::Result<(SubjectArguments, Vec<SubjectArguments>)> {
        let source = self.subject.path();
        let mut others: Vec<SubjectArguments> = self.others.iter().map(|path| self.subject.at(path)).collect();
        if !SeedDirectory::is_one(source) {
            return Ok((self.subject.clone(), others));
        }
        let seeds = SeedDirectory::open(source)?;
        let mut runs = seeds.seeds().map(|seed| self.subject.at(&seeds.path_of(seed)));
        let Some(first) = runs.next() else { bail!("{}: no seed in it", source.display()) };
        others.splice(..0, runs);
        Ok((first, others))
    }
}
