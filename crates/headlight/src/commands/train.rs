mod arguments;
mod asked;
mod one_run;
mod options;
mod resume;
mod seeds;
mod unshown;

use headlight_runs::Replace;

pub(crate) use self::arguments::TrainArguments;
pub(crate) use self::one_run::train_and_draw;
pub(crate) use self::options::RunOptions;
pub(crate) use self::unshown::train_until_stopped;

pub(crate) fn train(arguments: &TrainArguments) -> anyhow::Result<()> {
    let replace = if arguments.force { Replace::AnyRun } else { Replace::Nothing };
    match (arguments.task, &arguments.out, &arguments.resume) {
        (_, _, Some(run)) => resume::resume(arguments, run),
        (Some(task), Some(out), _) => match &arguments.seeds {
            Some(seeds) => seeds::train_seeds(arguments, seeds.clone(), arguments.options.config(task)?, out, replace),
            None => train_and_draw(arguments.options.config(task)?, out, replace, arguments.quiet),
        },
        _ => anyhow::bail!("train needs a task and --out, or --resume"), // clap has asked for them
    }
}
