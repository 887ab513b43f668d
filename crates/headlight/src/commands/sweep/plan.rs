//! From what was typed to a plan: every combination of values, parsed as `train` would.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use clap::Parser;
use headlight_record::sweep::{SEED, SweepAxis};
use headlight_runs::{PlanError, RunConfig, SweepPlan};
use headlight_train::TaskSpec;

use super::arguments::SweepArguments;
use super::grid::{self, Named};
use super::seeds::Seeds;
use crate::commands::settings::task_names;
use crate::commands::train::RunOptions;

/// A plan, and what was left out of it.
pub(super) struct Planned {
    pub(super) plan: SweepPlan,
    /// The combinations that no model can have, each with the reason.
    pub(super) left_out: Vec<String>,
}

/// One run, as `train` would be asked for it.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct OneRun {
    #[arg(index = 1, value_parser = task_names())]
    task: &'static TaskSpec,
    #[command(flatten)]
    options: RunOptions,
}

/// One axis, with what each of its values is on `train`'s command line.
struct Choices {
    axis: SweepAxis,
    words: Vec<Vec<String>>,
}

pub(super) fn plan_of(arguments: &SweepArguments, task: &'static TaskSpec) -> anyhow::Result<Planned> {
    let Seeds(seeds) = arguments.seeds.clone().unwrap_or(Seeds(vec![0]));
    let named = arguments.grid.as_deref().map(|file| grid::read(file, &arguments.lists)).transpose()?;
    for (name, values) in &arguments.lists.options {
        let mut listed = HashSet::new();
        if let Some(value) = values.iter().find(|value| !listed.insert(*value)) {
            anyhow::bail!("--{name} lists {value} twice");
        }
    }
    let (choices, fixed) = choices_of(arguments, task, named);
    let combinations = choices.iter().map(|choices| choices.words.len()).try_fold(1, usize::checked_mul);
    let count = combinations.and_then(|count| count.checked_mul(seeds.len())).unwrap_or(usize::MAX);
    if count > SweepPlan::MAX_RUNS {
        return Err(PlanError::Count { count, max: SweepPlan::MAX_RUNS }.into());
    }

    let (mut runs, mut left_out) = (Vec::with_capacity(count), Vec::new());
    let mut known = HashMap::new();
    for at in 0..combinations.unwrap_or_default() {
        let chosen = chosen_at(at, &choices);
        let words = chosen.iter().flat_map(|(choices, value)| &choices.words[*value]);
        let values = || chosen.iter().map(|(choices, value)| choices.axis.values[*value].clone());
        let name = || {
            let names =
                chosen.iter().zip(values()).map(|((choices, _), value)| format!("{} {value}", choices.axis.name));
            names.collect::<Vec<_>>().join(", ")
        };
        let named = |error: &dyn Display| match name() {
            name if name.is_empty() => error.to_string(),
            name => format!("{name}: {error}"),
        };
        // What cannot be read is a mistake, and not impossible.
        let config =
            config_of(fixed.iter().chain(words).cloned()).map_err(|error| anyhow::anyhow!("{}", named(&error)))?;
        match config.check() {
            Ok(()) => {
                if let Some(other) = known.insert(serde_json::to_string(&config)?, name()) {
                    anyhow::bail!("{other} and {} are the same run: leave one out", name());
                }
                runs.extend(seeds.iter().map(|seed| {
                    let mut config = config.clone();
                    config.training.seed = *seed;
                    (values().chain([seed.to_string()]).collect(), config)
                }));
            }
            Err(error) if arguments.skip_impossible => left_out.push(named(&error)),
            Err(error) => {
                let leave_out =
                    if choices.is_empty() { "" } else { " (--skip-impossible leaves such combinations out)" };
                anyhow::bail!("{}{leave_out}", named(&error));
            }
        }
    }
    if let ([], Some(first)) = (&runs[..], left_out.first()) {
        anyhow::bail!("no combination is left: {first}");
    }
    let seed = SweepAxis { name: SEED.to_string(), values: seeds.iter().map(u64::to_string).collect() };
    let axes = choices.into_iter().map(|choices| choices.axis).chain([seed]).collect();
    Ok(Planned { plan: SweepPlan::new(task.name, axes, runs), left_out })
}

/// The axes but for the seed, and the words that all runs have.
fn choices_of(arguments: &SweepArguments, task: &TaskSpec, named: Option<Vec<Named>>) -> (Vec<Choices>, Vec<String>) {
    let mut fixed = vec![task.name.to_string()];
    let lists = &arguments.lists;
    fixed.extend(lists.pairs.iter().map(|path| path.to_string_lossy().into_owned()));
    fixed.extend(lists.flags.iter().map(|name| format!("--{name}")));
    let mut choices: Vec<Choices> = named
        .into_iter()
        .map(|named| {
            let (values, words) = named.into_iter().map(|Named { name, words }| (name, words)).unzip();
            Choices { axis: SweepAxis { name: "name".to_string(), values }, words }
        })
        .collect();
    for (name, values) in &lists.options {
        let words: Vec<String> = values.iter().map(|value| format!("--{name}={value}")).collect();
        if values.len() == 1 {
            fixed.extend(words);
        } else {
            let axis = SweepAxis { name: name.clone(), values: values.clone() };
            choices.push(Choices { axis, words: words.into_iter().map(|word| vec![word]).collect() });
        }
    }
    (choices, fixed)
}

/// The combination that comes at a place: which value of each axis, the last one changing first.
fn chosen_at(mut at: usize, choices: &[Choices]) -> Vec<(&Choices, usize)> {
    let mut chosen = Vec::with_capacity(choices.len());
    for choices in choices.iter().rev() {
        chosen.push((choices, at % choices.words.len()));
        at /= choices.words.len();
    }
    chosen.reverse();
    chosen
}

/// The run that `train` would be asked for in these words.
fn config_of(words: impl IntoIterator<Item = String>) -> anyhow::Result<RunConfig> {
    let OneRun { task, options } = OneRun::try_parse_from(words).map_err(crate::arguments::in_one_line)?;
    options.config_of_many(task)
}
