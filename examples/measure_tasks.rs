//! Measures what the defaults of each task reach, and writes the numbers down where everybody reads them: `measured.json`,
//! which `headlight tasks` shows, and the tables of docs/tasks.md and docs/zh/tasks.md.
//!
//! ```text
//! cargo run -p headlight-examples --example measure_tasks              all tasks, seeds 0–4
//! cargo run -p headlight-examples --example measure_tasks -- sort      one task; the others stay as they are
//! cargo run -p headlight-examples --example measure_tasks -- --pages   the tables only, from measured.json
//! ```
//!
//! The seconds mean something on a machine that does nothing else; the steps and the exact match are the same on every machine of
//! the same kind.

use std::collections::HashSet;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use burn::tensor::Device;
use headlight_examples::task_table;
use headlight_flex::allocator;
use headlight_runs::{RunConfig, write_whole};
use headlight_train::tasks::TASKS;
use headlight_train::{Measured, MeasuredRun, OtherQuestions, TaskSpec, Training, count_exact};

const SEEDS: std::ops::Range<u64> = 0..5;
const THREADS: usize = 2;
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[global_allocator]
static ALLOCATOR: allocator::MiMalloc = allocator::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    allocator::keep_freed_memory();
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let every: Vec<&'static TaskSpec> = TASKS.iter().copied().filter(|task| !task.takes_pairs()).collect();
    if let Some(unknown) = asked.iter().find(|word| *word != "--pages" && !every.iter().any(|task| *word == task.name))
    {
        return Err(format!("'{unknown}' is no task that can be measured").into());
    }
    let chosen = |task: &&TaskSpec| asked.is_empty() || asked.iter().any(|word| word == task.name);

    let mut measured = Measured::committed();
    for task in every.iter().copied().filter(chosen) {
        measured.runs.retain(|run| run.task != task.name);
        for seed in SEEDS {
            let run = measure(task, seed)?;
            println!(
                "{task} seed {seed}: {} steps, {:.1} s, exact match {:.4}, and {:?}",
                run.steps, run.seconds, run.exact_match, run.other_questions
            );
            measured.runs.push(run);
        }
        (measured.machine, measured.threads) = (machine(), THREADS);
    }
    measured.runs.sort_by_key(|run| (TASKS.iter().position(|task| task.name == run.task), run.seed));

    let root = Path::new(ROOT);
    write_whole(&root.join("crates/headlight-train/src/measured.json"), task_table::json(&measured)?.as_bytes())?;
    for page in ["docs/tasks.md", "docs/zh/tasks.md"] {
        let path = root.join(page);
        let text = std::fs::read_to_string(&path)?;
        let text = task_table::with_table(&text, &measured).ok_or("the page has no place for the table")?;
        write_whole(&path, text.as_bytes())?;
    }
    Ok(())
}

/// Trains a task with its defaults until it is solved, or out of steps.
fn measure(task: &'static TaskSpec, seed: u64) -> Result<MeasuredRun, Box<dyn Error>> {
    let architecture = task.architectures[0];
    let mut config = RunConfig { threads: THREADS, ..RunConfig::for_task(task, architecture) };
    config.training.seed = seed;
    let mut training = config.start()?;
    let started = Instant::now();
    while !training.is_done() {
        training.step()?;
    }
    let seconds = (started.elapsed().as_secs_f64() * 100.0).round() / 100.0;
    let records = training.records()?;
    let best_head = records.iter().find_map(|record| record.best_aligned_head()).ok_or("the task has an alignment")?;
    Ok(MeasuredRun {
        task: task.name.to_string(),
        architecture,
        seed,
        steps: training.steps(),
        seconds,
        solved: training.is_solved(),
        exact_match: training.exact_match(),
        other_questions: Some(other_questions(&training, &config.device.open()?)),
        best_head,
    })
}

/// Asks the trained model held-out questions that did not decide when the training ended.
fn other_questions(training: &Training, device: &Device) -> OtherQuestions {
    // As many as can be held out; of another seed, so that other questions come.
    const QUESTIONS: usize = 4096;
    const SEED: u64 = 1_000_000;

    let task = training.task();
    let first: HashSet<_> = training.held_out().examples.iter().map(|example| &example.source).collect();
    let mut examples = task.held_out(SEED, QUESTIONS).examples;
    examples.retain(|example| !first.contains(&example.source));
    let right = count_exact(&training.model(), task, &examples, device);
    OtherQuestions { questions: examples.len(), right }
}

/// The processor's name and cores.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    format!("{}, {cores} cores", name.unwrap_or("a processor that does not say its name"))
}
