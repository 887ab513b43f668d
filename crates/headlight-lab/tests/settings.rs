//! Settings are the options of `headlight train`, and what is none of them is refused in one line.

mod workers;

use headlight_lab::Lab;
use headlight_lab::messages::{Catalogue, Reply, Request, Settings, TaskEntry, VERSION};
use headlight_model::Architecture;
use headlight_runs::RunConfig;
use headlight_train::tasks::TASKS;
use headlight_train::{Schedule, Task, tasks};
use workers::{alone, reason, said, small, start};

fn config(settings: &Settings) -> RunConfig {
    settings.run_config().expect("good settings")
}

#[test]
fn no_settings_are_the_defaults_of_every_task() {
    for spec in TASKS.iter().filter(|spec| !spec.takes_pairs()) {
        let task = Some(spec.name.to_string());
        let of_task = Settings { task: task.clone(), ..Settings::default() };
        for architecture in spec.architectures {
            let expected = RunConfig { threads: 1, ..RunConfig::for_task(spec, *architecture) };
            let settings =
                Settings { task: task.clone(), architecture: Some(architecture.to_string()), ..Settings::default() };
            assert_eq!(config(&settings), expected, "{spec}");
            assert_eq!(config(&Settings::of(&expected)), expected, "{spec}");
        }
        assert_eq!(config(&of_task).task.architecture, spec.architectures[0]);
    }
}

#[test]
fn what_a_run_was_made_with_makes_it_again() {
    let words = |positions: &str, norm: &str, activation: &str, schedule: &str| Settings {
        positions: Some(positions.to_string()),
        norm: Some(norm.to_string()),
        activation: Some(activation.to_string()),
        schedule: Some(schedule.to_string()),
        ..small()
    };
    let edits = [
        words("sinusoidal", "pre", "relu", "cosine"),
        words("learned", "post", "gelu", "constant"),
        Settings { warmup_steps: Some(7), ..words("rotary", "pre", "gelu", "inverse-square-root") },
        Settings { min_length: Some(2), tie_weights: Some(true), ..words("alibi", "post", "relu", "cosine") },
        Settings {
            warmup_steps: Some(30),
            dropout: Some(0.25),
            seed: Some((1 << 53) - 1),
            ..words("none", "pre", "relu", "cosine")
        },
        Settings { warmup_steps: Some(3), decay_steps: Some(9), max_steps: Some(77), ..small() },
    ];
    for settings in edits {
        let config = config(&settings);
        config.check().expect("can be trained");
        assert_eq!(self::config(&Settings::of(&config)), config);
    }
}

#[test]
fn a_schedule_drops_what_it_has_no_use_for_and_a_fall_moves_with_the_warm_up() {
    let default = config(&Settings::default()).training;
    let constant = config(&Settings { schedule: Some("constant".to_string()), ..Settings::default() }).training;
    assert_eq!((constant.schedule, constant.warmup_steps, constant.decay_steps), (Schedule::Constant, 0, 0));
    let later = config(&Settings { warmup_steps: Some(default.warmup_steps + 5), ..Settings::default() }).training;
    assert_eq!(later.decay_steps, default.decay_steps + 5);
    let length = config(&Settings { length: Some(3), min_length: Some(2), ..Settings::default() }).task;
    assert_eq!((length.length, length.min_length), (3, Some(2)));
    let recall = Settings { task: Some("recall".to_string()), length: Some(3), ..Settings::default() };
    assert_eq!(config(&recall).task.min_length, None, "one length");
}

#[test]
fn wrong_settings_are_refused_in_one_line_and_change_nothing() {
    let mut lab = Lab::new();
    said(&mut lab, start(&small(), alone()), &[]);
    let before = lab.gradients().expect("a part");
    let text = |text: &str| Some(text.to_string());
    // Could be trained, and never saved.
    let comes_back = |rate: &f64| serde_json::from_str::<f64>(&rate.to_string()).is_ok_and(|back| back == *rate);
    let mut rates = (1..1000_u32).map(|step| f64::from(step) / 997.0 * 1e-3);
    let long = rates.find(|rate| !comes_back(rate)).expect("JSON rounds some");
    let cases: Vec<(Settings, &str)> = vec![
        (Settings { task: text("nothing"), ..small() }, "unknown task 'nothing'"),
        (Settings { architecture: text("encoder"), ..small() }, "choose decoder or encoder-decoder"),
        (Settings { task: text("dates"), length: Some(3), ..Settings::default() }, "leave out the length"),
        (Settings { positions: text("Rotary"), ..small() }, "unknown positions 'Rotary'"),
        (Settings { norm: text(""), ..small() }, "unknown norm ''"),
        (Settings { activation: text("tanh\n\u{1b}[31m<script>"), ..small() }, "unknown activation 'tanh"),
        (Settings { schedule: text("linear"), ..small() }, "unknown schedule"),
        (Settings { positions: text("alibi"), architecture: text("encoder-decoder"), ..small() }, "alibi"),
        (Settings { layers: Some(0), ..small() }, "n_layers"),
        (Settings { layers: Some(usize::MAX), ..small() }, "layers is"),
        (Settings { heads: Some(usize::MAX), ..small() }, "heads do not divide"),
        (Settings { d_model: Some(usize::MAX - 1), heads: Some(1), ..small() }, "d-model is"),
        (Settings { d_ff: Some(usize::MAX), ..small() }, "d-ff is"),
        (Settings { length: Some(usize::MAX), ..small() }, "length is"),
        (Settings { min_length: Some(0), ..small() }, "min-length is 0"),
        (Settings { symbols: Some(usize::MAX), ..small() }, "symbols is"),
        (Settings { batch_size: Some(0), ..small() }, "batch-size is 0"),
        (Settings { learning_rate: Some(f64::NAN), ..small() }, "learning-rate is NaN"),
        (Settings { learning_rate: Some(-1.0), ..small() }, "learning-rate is -1"),
        (Settings { learning_rate: Some(f64::INFINITY), ..small() }, "learning-rate is inf"),
        (Settings { dropout: Some(1.0), ..small() }, "dropout"),
        (Settings { dropout: Some(f64::NAN), ..small() }, "dropout"),
        (Settings { warmup_steps: Some(usize::MAX), ..small() }, "cosine schedule"),
        (Settings { max_steps: Some(0), ..small() }, "max-steps is 0"),
        (
            Settings { layers: Some(8), d_model: Some(1024), d_ff: Some(4096), ..small() },
            "MiB of memory, and the lab has 1024",
        ),
        (Settings { layers: Some(64), d_model: Some(8192), ..small() }, "GiB of memory"),
        (Settings { length: Some(512), batch_size: Some(65_536), ..small() }, "memory"),
        (Settings { length: Some(1), symbols: Some(2), ..small() }, "too few to hold some out"),
        (Settings { learning_rate: Some(long), ..small() }, "too many digits"),
        (Settings { seed: Some(1 << 53), ..small() }, "seed is 9007199254740992"),
        (Settings { pairs: text("a\tb\n"), ..small() }, "leave out the pairs"),
        (Settings { characters: Some(true), ..small() }, "leave out the pairs"),
        (Settings { task: text("file"), ..Settings::default() }, "needs a file of pairs"),
        (
            Settings { task: text("file"), pairs: text(&"a\tb\n".repeat(2_500_000)), ..Settings::default() },
            "larger than 1 MiB",
        ),
        (Settings { task: text("file"), pairs: text("a b\n"), ..Settings::default() }, "line 1 has no tab"),
        (Settings { task: text("file"), pairs: text("a\u{7}\tb\n"), ..Settings::default() }, "control character"),
        (Settings { task: text("file"), pairs: text("a\tb\n"), ..Settings::default() }, "only 1 pairs"),
        (Settings { task: text("file"), pairs: text(""), ..Settings::default() }, "holds no pair"),
    ];
    for (settings, expected) in cases {
        let reason = reason(&mut lab, start(&settings, alone()), &[]);
        assert!(reason.contains(expected), "{expected}: {reason}");
        assert!(reason.chars().count() <= 301);
    }
    assert_eq!(lab.gradients().expect("a part"), before, "the training is as it was");
}

#[test]
fn json_that_is_no_request_is_refused_in_one_line() {
    let mut lab = Lab::new();
    for json in [
        "",
        "{",
        "null",
        "[]",
        r#"{"ask":"start"}"#,
        r#"{"ask":"start","settings":{"learningRate":NaN},"part":{"shard":0,"shards":1}}"#,
        r#"{"ask":"start","settings":{"learningRate":1e999},"part":{"shard":0,"shards":1}}"#,
        r#"{"ask":"start","settings":{"layers":-1},"part":{"shard":0,"shards":1}}"#,
        r#"{"ask":"start","settings":{"seed":18446744073709551616},"part":{"shard":0,"shards":1}}"#,
        r#"{"ask":"start","settings":{"colour":"red"},"part":{"shard":0,"shards":1}}"#,
        r#"{"ask":"start","settings":{},"part":{"shard":0,"shards":1},"more":1}"#,
        r#"{"ask":"start","settings":{},"part":{"shard":0,"shards":0}}"#,
        r#"{"ask":"start","settings":{},"part":{"shard":1,"shards":1}}"#,
        r#"{"ask":"start","settings":{},"part":{"shard":0,"shards":100000}}"#,
        r#"{"ask":"evaluate","changes":[{"head":{"kind":"a","layer":0,"head":0},"change":"off"}]}"#,
    ] {
        let (reply, beside) = lab.handle_json(json, &[]);
        let Reply::Refused { reason } = serde_json::from_str(&reply).expect("a reply") else {
            panic!("{json}: {reply}")
        };
        assert!(!reason.chars().any(char::is_control) && beside.is_empty(), "{json}: {reason:?}");
    }
    // So deep that a parser without a limit would run out of stack.
    let (reply, _) = lab.handle_json(&"[".repeat(1 << 20), &[]);
    assert!(reply.starts_with(r#"{"is":"refused""#), "{reply}");
}

#[test]
fn the_catalogue_has_every_task_and_each_default_starts() {
    let settings = Settings { task: Some("sort".to_string()), ..Settings::default() };
    let catalogue = Catalogue::new(settings.clone());
    assert_eq!((catalogue.version, &catalogue.settings), (VERSION, &settings));
    let names: Vec<&str> = catalogue.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(names, TASKS.iter().map(|task| task.name).collect::<Vec<_>>());
    for (choice, words) in &catalogue.choices {
        for word in words {
            let request = format!(
                r#"{{"ask":"start","settings":{{"{choice}":"{word}","dModel":32,"layers":1}},"part":{{"shard":0,"shards":1}}}}"#
            );
            let (reply, _) = Lab::new().handle_json(&request, &[]);
            assert!(reply.starts_with(r#"{"is":"started""#), "{choice} {word}: {reply}");
        }
    }
    assert_eq!(catalogue.choices["architecture"], ["decoder", "encoder-decoder"]);
    for task in catalogue.tasks.iter().filter(|task| !task.takes_pairs) {
        let TaskEntry { defaults, lengths, symbols, .. } = task;
        for settings in defaults {
            let config = config(settings);
            config.check().expect("defaults can be trained");
            assert!((lengths[0]..=lengths[1]).contains(&config.task.length), "{}", task.name);
            assert!((symbols[0]..=symbols[1]).contains(&config.task.symbols), "{}", task.name);
            let spec = config.task.spec;
            assert_eq!((spec.lengths)(&Task::new(spec, config.task.architecture)), lengths[0]..=lengths[1]);
            assert_eq!((spec.symbols)(&Task::new(spec, config.task.architecture)), symbols[0]..=symbols[1]);
        }
    }
    let copy = RunConfig::for_task(&tasks::copy::SPEC, Architecture::EncoderDecoder);
    assert_eq!(catalogue.tasks[0].defaults[1], Settings::of(&copy));
}

#[test]
fn a_request_is_what_its_json_says() {
    let request = start(&Settings { tie_weights: Some(true), ..small() }, alone());
    let json = serde_json::to_string(&request).expect("plain data");
    assert!(!json.contains("null"), "what is absent is left out: {json}");
    assert_eq!(serde_json::from_str::<Request>(&json).expect("a request"), request);
}
