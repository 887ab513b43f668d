//! `headlight train TASK --help` and `headlight sweep TASK --help`: the same flags for every task, with the words and the defaults of the one that is asked for.

use std::ffi::OsStr;

use clap::Command;
use headlight_train::tasks::TASKS;
use headlight_train::{ModelConfig, Task, TaskSpec, TrainingConfig};

use crate::commands::worked_example;

/// The commands that explain a task.
const COMMANDS: [&str; 2] = ["train", "sweep"];

/// The command on the command line that explains a task, and the task named behind it, where there are both.
pub(crate) fn asked_for<'a>(
    arguments: impl IntoIterator<Item = &'a OsStr>,
) -> Option<(&'static str, &'static TaskSpec)> {
    let mut words = arguments.into_iter().skip(1);
    let first = words.next()?;
    let command = COMMANDS.into_iter().find(|command| first == *command)?;
    words.find_map(|word| TASKS.iter().copied().find(|task| word == task.name)).map(|task| (command, task))
}

/// The command `train` or `sweep` as it explains one task.
pub(crate) fn explain(command: Command, task: &'static TaskSpec) -> Command {
    let architecture = task.architectures[0];
    let sizes = Task::new(task, architecture);
    let (model, training) = (ModelConfig::default(), TrainingConfig::for_task(&sizes));
    let mut defaults = vec![
        ("architecture", architecture.to_string()),
        ("layers", model.n_layers.to_string()),
        ("heads", model.n_heads.to_string()),
        ("d_model", model.d_model.to_string()),
        ("d_ff", model.d_ff.to_string()),
        ("batch_size", training.batch_size.to_string()),
        ("learning_rate", training.learning_rate.to_string()),
        ("max_steps", training.max_steps.to_string()),
    ];
    let example = if command.get_name() == "sweep" { example_sweep(task) } else { example_command(task) };
    let usage = format!("headlight {} {task}{} --out DIR [OPTIONS]", command.get_name(), file_of_pairs(task));
    let mut explained = command.mut_arg("task", |arg| arg.hide(true));
    if task.has_sizes() {
        defaults.push(("length", sizes.length.to_string()));
        defaults.push(("min_length", sizes.shortest().to_string()));
        defaults.push(("symbols", sizes.symbols.to_string()));
        let length = format!("Size of the largest examples: {}", task.length_counts);
        explained = explained.mut_arg("length", |arg| arg.help(length));
        explained = explained.mut_arg("symbols", |arg| arg.help(capital(task.symbols_are)));
    } else {
        for size in ["length", "min_length", "symbols"] {
            explained = explained.mut_arg(size, |arg| arg.hide(true));
        }
    }
    if !task.takes_pairs() {
        explained = explained.mut_arg("pairs", |arg| arg.hide(true)).mut_arg("characters", |arg| arg.hide(true));
    }
    for (id, default) in defaults {
        explained = explained.mut_arg(id, |arg| {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let help = help.split(" [default:").next().unwrap_or_default().to_string();
            arg.help(format!("{help} [default: {default}]"))
        });
    }
    explained.about(explanation(task, &training)).override_usage(usage).after_help(example)
}

fn file_of_pairs(task: &TaskSpec) -> &'static str {
    if task.takes_pairs() { " FILE" } else { "" }
}

/// What the task is, one example position by position, why the model can learn it, and when it counts as solved.
fn explanation(task: &'static TaskSpec, config: &TrainingConfig) -> String {
    let example = if task.takes_pairs() { pairs_example() } else { worked_table(task) };
    format!(
        "{}: {}\n\n{example}\n\n{}\n\nSolved when {} % of {} held-out examples are answered without an error, token by token.",
        capital(task.name),
        task.about,
        wrapped(task.lesson),
        config.target * 100.0,
        config.held_out,
    )
}

/// The example as a table, made by what trains.
fn worked_table(task: &'static TaskSpec) -> String {
    let (task, example) = worked_example(task);
    let worked = task.worked(&example);
    let positions = |count: usize| (0..count).map(|position| position.to_string()).collect::<Vec<_>>();
    let looks_at: Vec<String> = worked.looks_at.iter().map(|keys| positions_in_words(keys)).collect();
    let decoder = [("reads", &worked.reads), ("predicts", &worked.predicts), ("attends to", &looks_at)];
    match &worked.source {
        None => table(&[&[("position", &positions(worked.reads.len()))], &decoder[..]].concat()),
        Some(source) => {
            let encoder = [("position", &positions(source.len())), ("source", source)];
            format!("{}\n\n{}", table(&encoder), table(&decoder))
        }
    }
}

/// `2,6`, or `6–9` where three or more follow each other.
fn positions_in_words(positions: &[usize]) -> String {
    let runs = positions.chunk_by(|before, after| before + 1 == *after);
    let words = runs.map(|run| match run {
        [first, _, .., last] => format!("{first}–{last}"),
        _ => run.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
    });
    words.collect::<Vec<_>>().join(",")
}

fn pairs_example() -> String {
    "  der Hund<TAB>the dog\n  die Katze<TAB>the cat".to_string()
}

/// Rows with their names, and columns as wide as they need be.
fn table(rows: &[(&str, &Vec<String>)]) -> String {
    let columns = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let cell = |cells: &Vec<String>, column: usize| cells.get(column).cloned().unwrap_or_default();
    let width = |column| rows.iter().map(|(_, cells)| cell(cells, column).chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let of_names = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, cells): &(&str, &Vec<String>)| {
        let cells = widths.iter().enumerate().map(|(column, width)| format!("{:>width$}", cell(cells, column)));
        format!("  {name:<of_names$}  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_string()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn example_command(task: &'static TaskSpec) -> String {
    if task.takes_pairs() {
        format!("Example:\n  headlight train {task} pairs.txt --out runs/mine --characters")
    } else {
        format!(
            "Example:\n  headlight train {task} --out runs/{task} --seed 7\n  headlight generate runs/{task} --input \"{}\"",
            task.example
        )
    }
}

fn example_sweep(task: &TaskSpec) -> String {
    let pairs = if task.takes_pairs() { " pairs.txt" } else { "" };
    format!("Example:\n  headlight sweep {task}{pairs} --heads 1,2,4 --seeds 0..5 --out sweeps/{task}")
}

/// In lines of at most 100 characters, like the rest of the help.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 100;
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(last) if line > 0 && line + 1 + word.chars().count() <= WIDTH => *last += &format!(" {word}"),
            Some(last) if line == 0 => last.push_str(word),
            _ => lines.push(word.to_string()),
        }
    }
    lines.join("\n")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
