//! What a page shows as a command line is the run that it trains.

use clap::{Args, Command, Parser};
use headlight_lab::messages::{Catalogue, Settings};
use headlight_runs::RunConfig;
use headlight_train::TaskSpec;
use headlight_train::tasks::TASKS;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{SettingsArguments, task_names};
use crate::commands::TrainArguments;

#[derive(Parser)]
struct Line {
    #[arg(index = 1, value_parser = task_names())]
    task: &'static TaskSpec,
    #[command(flatten)]
    settings: SettingsArguments,
}

/// Every setting, each with a value.
fn filled_in() -> Settings {
    let text = || Some("x".to_string());
    let Catalogue { tasks, .. } = Catalogue::new(Settings::default());
    let defaults = tasks[0].defaults[0].clone();
    Settings { min_length: Some(1), pairs: text(), characters: Some(true), ..defaults }
}

/// `minLength` as an option has it.
fn kebab(name: &str) -> String {
    name.chars().flat_map(|c| [c.is_uppercase().then_some('-'), Some(c.to_ascii_lowercase())]).flatten().collect()
}

fn fields(settings: &Settings) -> Vec<(String, Value)> {
    let Value::Object(fields) = serde_json::to_value(settings).expect("plain data") else { unreachable!("a map") };
    fields.into_iter().map(|(name, value)| (kebab(&name), value)).collect()
}

#[test]
fn every_setting_is_an_option_of_train() {
    let train = TrainArguments::augment_args(Command::new("train"));
    let fields = fields(&filled_in());
    assert_eq!(fields.len(), 23, "each has a value: {fields:?}");
    for (name, value) in fields {
        let option = train.get_arguments().find(|option| option.get_long() == Some(&name));
        match option {
            Some(option) => assert_eq!(option.get_action().takes_values(), !value.is_boolean(), "{name}"),
            None => assert!(train.get_positionals().any(|positional| positional.get_id() == name.as_str()), "{name}"),
        }
    }
}

/// As `viewer/src/lab/command.ts` writes it: what is said, by its name, and what is switched on alone.
fn command_line(settings: &Settings) -> Vec<String> {
    let mut words = vec!["train".to_string(), settings.task.clone().expect("a task")];
    for (name, value) in fields(settings) {
        match (name.as_str(), value) {
            ("task", _) | (_, Value::Bool(false)) => {}
            (_, Value::Bool(true)) => words.push(format!("--{name}")),
            (_, Value::String(word)) => words.extend([format!("--{name}"), word]),
            (_, number) => words.extend([format!("--{name}"), number.to_string()]),
        }
    }
    words
}

/// The run of a command line, on one thread, as a page has it.
fn run_of(words: &[String]) -> anyhow::Result<RunConfig> {
    let line = Line::try_parse_from(words)?;
    Ok(RunConfig { threads: 1, ..line.settings.config(line.task)? })
}

#[test]
fn the_command_line_of_a_page_trains_what_the_page_trains() {
    let mut random = ChaCha8Rng::seed_from_u64(17);
    let choices = Catalogue::new(Settings::default()).choices;
    let (mut agreed, mut refused) = (0, 0);
    for _ in 0..2000 {
        let task = TASKS[random.random_range(0..TASKS.len() - 1)]; // the last one is `file`, which has a test of its own
        let mut word = |name: &str, said: bool| {
            let words = &choices[name];
            said.then(|| words[random.random_range(0..words.len())].clone())
        };
        let architecture = word("architecture", task.architectures.len() > 1);
        let (positions, norm) = (word("positions", true), word("norm", true));
        let (activation, schedule) = (word("activation", true), word("schedule", true));
        let all = Settings {
            task: Some(task.name.to_string()),
            architecture,
            layers: Some(random.random_range(1..5)),
            heads: Some(random.random_range(1..9)),
            d_model: Some(8 * random.random_range(1..20)),
            d_ff: Some(random.random_range(1..300)),
            length: Some(random.random_range(1..12)),
            min_length: Some(random.random_range(1..4)),
            symbols: Some(random.random_range(2..20)),
            positions,
            norm,
            activation,
            tie_weights: Some(random.random()),
            dropout: Some(random.random_range(0..90) as f64 / 100.0),
            batch_size: Some(random.random_range(1..100)),
            learning_rate: Some(random.random_range(1..100_000) as f64 * 1e-7),
            schedule,
            warmup_steps: Some(random.random_range(0..50)),
            decay_steps: Some(random.random_range(0..3000)),
            max_steps: Some(random.random_range(1..5000)),
            seed: Some(random.random_range(0..1 << 53)),
            pairs: None,
            characters: None,
        };
        let settings = some_of(&all, &mut random);
        let words = command_line(&settings);
        match (settings.run_config(), run_of(&words)) {
            (Ok(page), Ok(native)) => {
                assert_eq!(page, native, "{words:?}");
                agreed += 1;
            }
            (Err(_), Err(_)) => refused += 1,
            (page, native) => panic!("{words:?}: {page:?}, but {native:?}"),
        }
    }
    assert!(agreed > 1000 && refused > 10, "{agreed} agreed, {refused} were refused");
}

/// About half of the settings, the task always.
fn some_of(all: &Settings, random: &mut ChaCha8Rng) -> Settings {
    let Value::Object(fields) = serde_json::to_value(all).expect("plain data") else { unreachable!("a map") };
    let said = fields.into_iter().filter(|(name, _)| name == "task" || random.random());
    serde_json::from_value(said.collect()).expect("settings")
}

#[test]
fn pairs_are_those_of_the_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pairs.tsv");
    let text: String = (0..64).map(|n| format!("{n:06b}\t{:06b}\n", 63 - n)).collect();
    std::fs::write(&path, &text).expect("a file");
    for characters in [None, Some(true)] {
        let settings = Settings { task: Some("file".to_string()), characters, layers: Some(1), ..Settings::default() };
        let mut words = command_line(&settings);
        words.insert(2, path.display().to_string());
        let native = run_of(&words).expect("a run");
        let page = Settings { pairs: Some(text.clone()), ..settings }.run_config().expect("a run");
        let (one, other) = (native.task.file.clone().expect("pairs"), page.task.file.clone().expect("pairs"));
        assert!(one.is_same_text(&other) && one.spelling() == other.spelling());
        let without = |mut config: RunConfig| {
            config.task.file = None;
            config
        };
        assert_eq!(without(native), without(page));
    }
}
