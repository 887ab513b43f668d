mod again;
mod arguments;
mod engine;
mod engines;
mod grid;
mod lists;
mod local;
mod one;
mod plan;
mod progress;
mod seeds;
mod summary;

use std::fmt;
use std::path::Path;

use headlight_device::DeviceName;
use headlight_runs::{Replace, RunError, RunState, Sweep, SweepPlan};

pub(crate) use self::arguments::SweepArguments;
use self::engine::{Engine, Work};
use self::one::{IfInUse, Stops, train_one};
use self::plan::{Planned, plan_of};
use self::progress::Progress;
use crate::interrupt::{self, Interrupted};
use crate::output::{counted, note, say};
use crate::shell_words::on_one_line;

/// How many times a run is retried, unless another number is asked for.
const RETRIES: usize = 3;

/// More reasons than anyone reads.
const MOST_LEFT_OUT: usize = 20;

/// Runs that nothing could bring to an outcome: a failure, not a wrong request.
#[derive(Debug)]
pub(crate) struct WithoutOutcome {
    runs: usize,
    first: usize,
    reason: String,
}

pub(crate) fn sweep(arguments: &SweepArguments) -> anyhow::Result<()> {
    match arguments.run.as_deref() {
        Some([directory, number]) => {
            let number = number.to_string_lossy();
            let number = number.parse().map_err(|_| anyhow::anyhow!("'{number}' is not the number of a run"))?;
            let stops = if arguments.until_input_ends { Stops::AtEndOfInput } else { Stops::ByNobody };
            let if_in_use = if arguments.wait { IfInUse::Wait } else { IfInUse::Leave };
            let outcome = train_one(Path::new(directory), number, stops, if_in_use)?;
            if !arguments.quiet {
                note(outcome);
            }
            Ok(())
        }
        _ => train_all(arguments),
    }
}

/// Trains the runs that have no outcome yet, and says how all of them went.
fn train_all(arguments: &SweepArguments) -> anyhow::Result<()> {
    arguments.check_engine()?;
    if !arguments.emit {
        engines::check(arguments.engine, &arguments.hosts)?;
    }
    let sweep = begin_or_resume(arguments)?;
    if let Some(version) = sweep.other_version() {
        let ours = env!("CARGO_PKG_VERSION");
        note(format_args!("note: Headlight {version} planned this sweep, and this is {ours}: their runs may differ"));
    }
    let (path, plan) = (sweep.path().to_owned(), sweep.plan());
    let states = || plan.runs.iter().map(|run| sweep.state(run)).collect::<Vec<_>>();
    let before = states();
    let waiting = before.iter().zip(&plan.runs).filter(|(state, _)| !state.has_outcome());
    let threads = plan.runs.iter().map(|run| run.config.threads).max().unwrap_or(1);
    let work = Work {
        directory: std::path::absolute(&path)?,
        numbers: waiting.map(|(_, run)| run.number).collect(),
        program: std::env::current_exe()?,
        workers: local::workers(arguments.workers, &plan.runs, threads),
        at_most: arguments.workers.map(usize::from),
        threads,
        retries: arguments.retries.unwrap_or(RETRIES),
        hosts: arguments.hosts.clone(),
        sbatch: arguments.sbatch.clone(),
        plan_crc32: sweep.crc32()?,
        again: again::command(arguments, &path),
    };
    if arguments.emit && !work.numbers.is_empty() {
        return say(engines::emit(arguments.engine, &work)?.trim_end_matches('\n'));
    }
    interrupt::watch()?;
    if !arguments.quiet {
        announce(arguments.engine, &work, plan.runs.len());
    }
    if arguments.emit {
        return Ok(()); // that all have an outcome is said
    }
    let progress = Progress::start(&before, arguments.quiet);
    let gone = engines::run(arguments.engine, &work, &sweep, &progress);
    progress.end();
    conclude(&work, &path, plan, &states(), gone?)
}

/// The sweep that was asked for, to be trained.
fn begin_or_resume(arguments: &SweepArguments) -> anyhow::Result<Sweep> {
    match (&arguments.resume, arguments.task, &arguments.out) {
        (Some(directory), ..) => Ok(Sweep::hold(directory)?),
        (None, Some(task), Some(out)) => {
            let Planned { plan, left_out } = plan_of(arguments, task)?;
            if arguments.engine == Engine::Local {
                // Before an old sweep makes room for runs that could not begin here.
                open_devices(&plan)?;
            }
            say_left_out(&left_out);
            let replace = if arguments.force { Replace::AnyRun } else { Replace::Nothing };
            Ok(Sweep::create(out, plan, replace)?)
        }
        _ => anyhow::bail!("sweep needs a task and --out, or --resume, or --run"), // clap has asked for them
    }
}

/// Says which combinations were left out, of very many the first ones.
fn say_left_out(reasons: &[String]) {
    for reason in reasons.iter().take(MOST_LEFT_OUT) {
        note(format_args!("left out: {reason}"));
    }
    if let more @ 1.. = reasons.len().saturating_sub(MOST_LEFT_OUT) {
        note(format_args!("left out: {} more", counted(more, "combination")));
    }
}

/// Opens each device of a plan once.
fn open_devices(plan: &SweepPlan) -> anyhow::Result<()> {
    let mut opened: Vec<DeviceName> = Vec::new();
    for run in &plan.runs {
        let device = run.config.device.clone();
        if !opened.contains(&device) {
            run.config.open_devices().map_err(RunError::from)?;
            opened.push(device);
        }
    }
    Ok(())
}

fn announce(engine: Engine, work: &Work, runs: usize) {
    let numbers = &work.numbers;
    let how = match (engine, work.at_most) {
        (Engine::Local, _) => format!(", {} at a time", work.workers),
        (engine, _) => format!(" by {}", engine.program()),
    };
    match (numbers.len(), runs) {
        (0, _) => note(format_args!("All {} have an outcome already.", counted(runs, "run"))),
        (left, runs) if left < runs => {
            note(format_args!("Training the {left} of {} that have no outcome yet{how}.", counted(runs, "run")));
        }
        (_, runs) => note(format_args!("Training {}{how}.", counted(runs, "run"))),
    }
}

/// Says how all runs went, and ends as they did.
fn conclude(
    work: &Work,
    path: &Path,
    plan: &SweepPlan,
    states: &[RunState],
    gone: Vec<(usize, String)>,
) -> anyhow::Result<()> {
    for line in summary::lines(plan, states) {
        say(line)?;
    }
    if interrupt::is_asked() {
        note(format_args!("stopped; to continue: {}", work.again));
        return Err(Interrupted.into());
    }
    if let Some((first, reason)) = gone.first().cloned() {
        note(format_args!("To try the rest again: {}", work.again));
        return Err(WithoutOutcome { runs: gone.len(), first, reason }.into());
    }
    let path = path.to_string_lossy();
    say(format_args!("Tables, pictures and a page of them all: headlight collect {}", on_one_line(&path)))
}

impl fmt::Display for WithoutOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, first, reason } = self;
        write!(f, "{} without an outcome; run {first}: {reason}", counted(*runs, "run"))
    }
}

impl std::error::Error for WithoutOutcome {}
