//! A run that was stopped is resumed as if it had not been, or says what keeps it from doing so and touches nothing.

mod whole_run;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use headlight_model::{Architecture, Positions, parameters_to_safetensors};
use headlight_record::StepMetrics;
use headlight_runs::{
    Checkpoint, Damage, Replace, RunConfig, RunConfigError, RunDirectory, RunError, SavedRun, StoppedRun, read_metrics,
};
use headlight_train::{Divergence, Training, TrainingState, tasks};
use whole_run::{names_in, with};

#[test]
fn a_training_resumes_from_its_state_bit_by_bit() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for (positions, threads, tie_weights) in [(Positions::Sinusoidal, 2, false), (Positions::Learned, 1, true)] {
            let config = with(small(architecture), |config| {
                (config.model.positions, config.threads, config.model.tie_weights, config.model.dropout) =
                    (positions, threads, tie_weights, 0.1)
            });
            let mut whole = config.start().expect("a good configuration");
            steps(&mut whole, 7);
            let state = whole.state().expect("its tensors");
            assert_eq!(state.step, 7);
            assert_eq!(resumed(&config, &state).state().expect("tensors"), state);
            // Asking how good it is changes nothing of how it goes on.
            whole.exact_match();

            let mut resumed = resumed(&config, &state);
            steps(&mut whole, 13);
            steps(&mut resumed, 13);
            let bytes = |training: &Training| parameters_to_safetensors(&training.model()).expect("weights");
            assert!(bytes(&whole) == bytes(&resumed), "{architecture:?} {positions:?}");
            assert_eq!(whole.state().expect("tensors"), resumed.state().expect("tensors"));
            assert_ne!(whole.state().expect("tensors"), state);
        }
    }
}

#[test]
fn a_checkpoint_is_its_bytes() {
    let directory = stopped_run(9);
    let bytes = read(&directory.path().join("checkpoint.safetensors"));
    let checkpoint = Checkpoint::from_bytes(&bytes).expect("a checkpoint");
    assert_eq!(checkpoint.state.step, 5);
    assert_eq!((checkpoint.state.evaluated_at, checkpoint.config.clone()), (4, small(Architecture::Decoder)));
    assert!(checkpoint.to_bytes().expect("bytes") == bytes);
    let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("any reader reads it");
    for name in ["exact_match", "model.decoder.output.weight", "optimizer.decoder.output.weight.moment_2"] {
        assert!(tensors.tensor(name).is_ok(), "{name}");
    }

    // Every bit of it counts, and so does its line in the list.
    let list = read(&directory.path().join("files.jsonl"));
    for at in (0..600).chain((600..bytes.len()).step_by(97)) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        assert_damaged(directory.path(), &flipped, "checkpoint.safetensors", "checkpoint.safetensors");
    }
    write(&directory.path().join("checkpoint.safetensors"), &bytes);
    write(&directory.path().join("files.jsonl"), b"");
    let error = StoppedRun::open(directory.path()).err().expect("no checksum");
    assert!(matches!(&error, RunError::Damaged { source, .. } if matches!(**source, Damage::Unlisted)), "{error}");
    write(&directory.path().join("files.jsonl"), &list);
    for length in (0..600).chain((600..bytes.len()).step_by(97)) {
        let reason = Checkpoint::from_bytes(&bytes[..length]).expect_err("cut short").to_string();
        assert!(reason.starts_with("damaged: ") && !reason.contains('\n'), "{reason}");
    }
    Checkpoint::from_bytes(b"").expect_err("nothing");
}

#[test]
fn an_evaluation_that_no_training_had_is_damage() {
    let directory = stopped_run(9);
    let bytes = read(&directory.path().join("checkpoint.safetensors"));
    let checkpoint = Checkpoint::from_bytes(&bytes).expect("a checkpoint");
    let edits: [fn(&mut TrainingState); 5] = [
        |state| state.evaluated_at = state.step + 1,
        |state| state.evaluated_at = usize::MAX,
        |state| state.exact_match = f64::NAN,
        |state| state.exact_match = 1.5,
        |state| state.exact_match = -0.1,
    ];
    for edit in edits {
        let mut other = checkpoint.clone();
        edit(&mut other.state);
        let damage = Checkpoint::from_bytes(&other.to_bytes().expect("bytes")).expect_err("no such evaluation");
        assert!(matches!(damage, Damage::Evaluation { step: 5, .. }), "{damage}");
    }
}

#[test]
fn what_was_written_after_the_checkpoint_is_written_again() {
    let whole = tempfile::tempdir().expect("a temporary directory");
    finish(RunDirectory::create(whole.path(), &small(Architecture::Decoder), Replace::Nothing).expect("room"), None);

    // The ninth line is there in part, the third record is no more than begun.
    let directory = stopped_run(9);
    let path = directory.path();
    let metrics = read(&path.join("metrics.jsonl"));
    write(&path.join("metrics.jsonl"), &metrics[..metrics.len() - 20]);
    for name in [".headlight-aB3xYz", "records/.headlight-aB3xYz", "records/step_000009.safetensors"] {
        write(&path.join(name), b"half");
    }
    let run = StoppedRun::open(path).expect("a stopped run");
    assert_eq!((run.step(), run.config()), (5, &small(Architecture::Decoder)));
    assert!(run.result(12).is_none());
    let config = run.config().clone();
    let (run, training) = run.resume(config).expect("its own configuration");
    assert_eq!(names_in(&path.join("records")), ["step_000000.safetensors", "step_000003.safetensors"]);
    finish(run, Some(training));

    let (whole, resumed) = (contents(whole.path()), contents(path));
    assert_eq!(resumed.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
    for (name, bytes) in whole.iter().filter(|(name, _)| name.ends_with(".safetensors") || name.starts_with("config")) {
        assert!(resumed[name] == *bytes, "{name}");
    }
    let lines = read_metrics(path).expect("lines");
    assert_eq!(lines.iter().map(|line| line.step).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    assert!(lines.is_sorted_by(|before, after| before.seconds < after.seconds));

    let run = StoppedRun::open(path).expect("a run at its end");
    assert_eq!(run.result(12).expect("it has ended").steps, 12);
    assert!(run.result(13).is_none());
}

#[test]
fn a_run_without_a_checkpoint_begins_at_its_beginning() {
    let directory = stopped_run(4);
    let lines = read(&directory.path().join("metrics.jsonl"));
    let run = StoppedRun::open(directory.path()).expect("a stopped run");
    assert_eq!(run.step(), 0);
    let config = run.config().clone();
    let (mut run, mut training) = run.resume(config).expect("its own configuration");
    assert_eq!(read(&directory.path().join("metrics.jsonl")), b"");
    for _ in 0..4 {
        run.step(&mut training).expect("a finite loss");
    }
    let again = read(&directory.path().join("metrics.jsonl"));
    assert_eq!(decided(&again), decided(&lines));
}

#[test]
fn options_that_would_change_the_run_are_refused_by_name() {
    let directory = stopped_run(9);
    type Edit = fn(&mut RunConfig);
    let refused: [(&str, Edit); 9] = [
        ("seed", |config| config.training.seed = 1),
        ("threads", |config| config.threads = 2),
        ("learning_rate", |config| config.training.learning_rate = 0.1),
        ("dropout", |config| config.model.dropout = 0.5),
        ("n_heads", |config| config.model.n_heads = 4),
        ("length", |config| config.task.length = 4),
        ("record_every", |config| config.record_every = 1),
        ("evaluate_every", |config| config.training.evaluate_every = 1),
        ("max_steps", |config| config.training.max_steps = 11),
    ];
    let before = contents(directory.path());
    for (name, edit) in refused {
        let run = StoppedRun::open(directory.path()).expect("a stopped run");
        let mut config = run.config().clone();
        edit(&mut config);
        let error = run.resume(config).err().expect(name);
        assert!(matches!(&error, RunError::Changed { name: named, .. } if named == name), "{error}");
        assert!(!error.is_failure());
        assert!(contents(directory.path()) == before, "{name}");
    }
    let allowed: [Edit; 2] = [|config| config.training.max_steps = 20, |config| config.checkpoint_every = 1];
    for edit in allowed {
        let run = StoppedRun::open(directory.path()).expect("a stopped run");
        let mut config = run.config().clone();
        edit(&mut config);
        drop(run.resume(config.clone()).expect("the same run"));
        assert_eq!(StoppedRun::open(directory.path()).expect("a stopped run").config(), &config);
    }
}

#[test]
fn files_that_do_not_belong_together_are_named_and_kept() {
    let directory = stopped_run(9);
    let other = stopped_run_of(&with(small(Architecture::Decoder), |config| config.training.seed = 1), 9);
    let names = ["config.json", "metrics.jsonl", "checkpoint.safetensors"];
    let whole = names.map(|name| read(&directory.path().join(name)));
    for (name, good) in names.iter().zip(&whole) {
        let path = directory.path().join(name);
        assert_damaged(directory.path(), &read(&other.path().join(name)), name, name);
        write(&path, good);
    }
    // The checkpoint of another seed, even where the list knows it, shows in the configuration.
    let list = read(&directory.path().join("files.jsonl"));
    let both = [&list[..], &read(&other.path().join("files.jsonl"))].concat();
    write(&directory.path().join("files.jsonl"), &both);
    let foreign = read(&other.path().join("checkpoint.safetensors"));
    assert_damaged(directory.path(), &foreign, "checkpoint.safetensors", "config.json");
    write(&directory.path().join("checkpoint.safetensors"), &whole[2]);
    write(&directory.path().join("files.jsonl"), &list);

    let metrics = String::from_utf8(whole[1].clone()).expect("text");
    let lines: Vec<&str> = metrics.split_inclusive('\n').collect();
    let edited = |at: usize, line: String| [lines[..at].concat(), line, lines[at + 1..].concat()].concat();
    let loss = lines[1].replace("\"loss\":", "\"loss\":1");
    for bad in [
        lines[..4].concat(),                                      // too few
        lines[1..].concat(),                                      // the first is missing
        edited(1, loss),                                          // another loss
        edited(1, String::new()),                                 // one is missing
        edited(1, lines[0].to_string()),                          // one is there twice
        edited(3, lines[3].replace("\"exact_match\"", "\"x\"")),  // what was measured is gone
        edited(1, lines[1].replace("seconds\":", "seconds\":x")), // no number
        String::new(),
    ] {
        assert_damaged(directory.path(), bad.as_bytes(), "metrics.jsonl", "metrics.jsonl");
    }
    assert_damaged(directory.path(), &[whole[1].as_slice(), b"\xff"].concat()[1..], "metrics.jsonl", "metrics.jsonl");
    write(&directory.path().join("metrics.jsonl"), &whole[1]);
    StoppedRun::open(directory.path()).expect("all is as it was");
}

#[test]
fn a_checkpoint_of_another_layout_is_refused_by_it() {
    let directory = stopped_run(9);
    let path = directory.path().join("checkpoint.safetensors");
    let mut bytes = read(&path);
    let at = bytes.windows(14).position(|part| part == b"{\\\"version\\\":2").expect("its version") + 13;
    for (version, words) in [(b'3', "a newer"), (b'1', "an older")] {
        bytes[at] = version;
        write(&path, &bytes);
        write_list(directory.path(), "checkpoint.safetensors", &bytes);
        let error = StoppedRun::open(directory.path()).err().expect("another layout").to_string();
        assert!(error.contains(&format!("checkpoint.safetensors: written by {words} Headlight")), "{error}");
    }
}

#[test]
fn a_directory_is_one_run_s_at_a_time() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = small(Architecture::Decoder);
    let run = RunDirectory::create(directory.path(), &config, Replace::Nothing).expect("an empty directory");
    let in_use = |error: RunError| assert!(matches!(error, RunError::InUse { .. }) && !error.is_failure(), "{error}");
    for replace in [Replace::Nothing, Replace::AnyRun, Replace::Tour] {
        in_use(RunDirectory::create(directory.path(), &config, replace).err().expect("it is in use"));
    }
    in_use(StoppedRun::open(directory.path()).err().expect("it is in use"));
    drop(run);
    let stopped = StoppedRun::open(directory.path()).expect("nobody uses it");
    in_use(StoppedRun::open(directory.path()).err().expect("it is in use"));
    let (run, _) = stopped.resume(config.clone()).expect("its own configuration");
    in_use(StoppedRun::open(directory.path()).err().expect("it is still in use"));
    drop(run);
    RunDirectory::create(directory.path(), &config, Replace::AnyRun).expect("nobody uses it");
    assert_eq!(names_in(directory.path()), ["config.json", "files.jsonl", "metrics.jsonl"]);
}

#[test]
fn a_loss_that_is_no_number_names_the_last_good_checkpoint() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = with(small(Architecture::Decoder), |config| {
        (config.training.learning_rate, config.checkpoint_every) = (1e30, 1)
    });
    let mut training = config.start().expect("a good configuration");
    let mut run = RunDirectory::create(directory.path(), &config, Replace::Nothing).expect("an empty directory");
    let error = (0..12).find_map(|_| run.step(&mut training).err()).expect("it diverges");
    drop(run);
    let RunError::Diverged { divergence: Divergence { step, learning_rate, .. }, checkpoint: Some((path, good)) } =
        &error
    else {
        panic!("{error}")
    };
    assert_eq!((path, *good), (&directory.path().join("checkpoint.safetensors"), step - 1));
    assert_eq!(*learning_rate, config.training.learning_rate_at(*step));
    let said = error.to_string();
    for words in [format!("at step {step}"), format!("{learning_rate:?}"), format!("of step {good}")] {
        assert!(said.contains(&words), "{said}");
    }
    // It is good: every number is one, and it can be resumed from, to the same end.
    assert!(Checkpoint::from_bytes(&read(path)).expect("a checkpoint").state.is_finite());
    let (mut run, mut training) = StoppedRun::open(directory.path()).expect("a run").resume(config).expect("its own");
    let again = run.step(&mut training).expect_err("it diverges again");
    assert_eq!(again.to_string(), said);

    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = with(run.config().clone(), |config| config.checkpoint_every = 0);
    let mut training = config.start().expect("a good configuration");
    let mut run = RunDirectory::create(directory.path(), &config, Replace::Nothing).expect("an empty directory");
    let error = (0..12).find_map(|_| run.step(&mut training).err()).expect("it diverges");
    assert!(error.to_string().contains("there is no checkpoint"), "{error}");
}

/// The weights may be the first to be no number, where a record of them is due.
#[test]
fn attention_that_is_no_number_names_the_last_good_checkpoint() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = with(small(Architecture::Decoder), |config| (config.record_every, config.checkpoint_every) = (1, 1));
    let mut training = config.start().expect("a good configuration");
    let mut run = RunDirectory::create(directory.path(), &config, Replace::Nothing).expect("an empty directory");
    run.step(&mut training).expect("a finite loss");
    // The same training, about to take a step that is much too large.
    let state = training.state().expect("its tensors");
    let mut training = resumed(&with(config, |config| config.training.learning_rate = 1e30), &state);
    let error = run.step(&mut training).expect_err("no attention");
    assert_eq!(training.steps(), 2, "the loss before the step was a number");
    let RunError::Diverged { divergence: Divergence { step: 2, .. }, checkpoint: Some((path, 1)) } = &error else {
        panic!("{error}")
    };
    assert_eq!(*path, directory.path().join("checkpoint.safetensors"));
}

#[test]
fn a_resumed_run_has_no_result_until_it_ends() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    finish(
        RunDirectory::create(directory.path(), &small(Architecture::Decoder), Replace::Nothing).expect("room"),
        None,
    );
    let result = |path: &Path| SavedRun::open(path).and_then(|run| run.result()).map(|result| result.steps);
    assert_eq!(result(directory.path()).expect("it has ended"), 12);
    let run = StoppedRun::open(directory.path()).expect("a run");
    assert_eq!(result(directory.path()).expect("nothing is written yet"), 12);
    let config = with(run.config().clone(), |config| config.training.max_steps = 20);
    let (mut run, mut training) = run.resume(config).expect("more steps");
    run.step(&mut training).expect("a finite loss");
    let error = result(directory.path()).expect_err("the model is of step 12, and the run at step 13");
    assert!(matches!(error, RunError::Unfinished { .. }), "{error}");
    finish(run, Some(training));
    assert_eq!(result(directory.path()).expect("it has ended again"), 20);
}

#[test]
fn a_number_that_its_file_would_change_is_refused_before_anything_is_written() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("run");
    let comes_back = |rate: f64| serde_json::from_str::<f64>(&rate.to_string()).is_ok_and(|back| back == rate);
    let rates = || (1..1000_u32).map(|step| f64::from(step) / 997.0 * 1e-3);
    // Where serde_json keeps every bit, there is nothing to refuse.
    if let Some(rate) = rates().find(|rate| !comes_back(*rate)) {
        let config = with(small(Architecture::Decoder), |config| config.training.learning_rate = rate);
        let error = RunDirectory::create(&path, &config, Replace::Nothing).err().expect("it would be another rate");
        assert!(
            matches!(&error, RunError::Config(RunConfigError::Digits { name, .. }) if name == "learning_rate"),
            "{error}"
        );
        assert!(!path.exists());
    }
    let rate = rates().find(|rate| comes_back(*rate)).expect("most do");
    let config = with(small(Architecture::Decoder), |config| config.training.learning_rate = rate);
    RunDirectory::create(&path, &config, Replace::Nothing).expect("it comes back as it is");
    assert_eq!(StoppedRun::open(&path).expect("a run").config(), &config);
}

#[test]
fn what_is_no_run_cannot_be_resumed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for nowhere in [directory.path().join("not there"), directory.path().to_owned()] {
        let error = StoppedRun::open(&nowhere).err().expect("no run");
        assert!(matches!(error, RunError::NoRun { missing: "config.json", .. }), "{error}");
    }
    assert_eq!(names_in(directory.path()), Vec::<String>::new());

    // A run that has no model yet says that it can be resumed.
    let directory = stopped_run(9);
    let error = SavedRun::open(directory.path()).err().expect("no model");
    assert!(matches!(error, RunError::Unfinished { .. }) && !error.is_failure(), "{error}");
}

#[test]
fn a_directory_in_which_a_run_had_hardly_begun_is_empty() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    write(&directory.path().join(".headlight-aB3xYz"), b"half a configuration");
    let config = small(Architecture::Decoder);
    RunDirectory::create(directory.path(), &config, Replace::Nothing).expect("nothing is lost");
    assert_eq!(names_in(directory.path()), ["config.json", "files.jsonl", "metrics.jsonl"]);
}

#[test]
fn a_model_that_its_file_cannot_hold_is_refused_before_it_is_made() {
    let directory = stopped_run(9);
    let path = directory.path().join("config.json");
    let text = String::from_utf8(read(&path)).expect("text");
    let huge = text.replace("\"d_model\": 16", "\"d_model\": 8192");
    write(&path, huge.as_bytes());
    write_list(directory.path(), "config.json", huge.as_bytes());
    let error = StoppedRun::open(directory.path()).err().expect("too large").to_string();
    assert!(error.contains("checkpoint.safetensors") && error.contains("too small"), "{error}");
}

/// The training of a configuration where one of the same stood.
fn resumed(config: &RunConfig, state: &TrainingState) -> Training {
    config.start().and_then(|training| Ok(training.resumed_from(state)?)).expect("its own state")
}

/// Says in the list of files that a file has these contents.
fn write_list(run: &Path, name: &str, bytes: &[u8]) {
    let line = serde_json::json!({"file": name, "bytes": bytes.len(), "crc32": crc32fast::hash(bytes)});
    let list = [read(&run.join("files.jsonl")), format!("{line}\n").into_bytes()].concat();
    write(&run.join("files.jsonl"), &list);
}

fn small(architecture: Architecture) -> RunConfig {
    let mut config = RunConfig::for_task(&tasks::copy::SPEC, architecture);
    (config.task.length, config.task.symbols) = (3, 6);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 1, 32);
    (config.training.batch_size, config.training.max_steps, config.training.evaluate_every, config.training.held_out) =
        (16, 12, 4, 10);
    (config.threads, config.record_every, config.checkpoint_every, config.training.learning_rate) = (1, 3, 5, 1e-3);
    config
}

/// A run that was killed after so many steps; its checkpoints are of every fifth.
fn stopped_run(done: usize) -> tempfile::TempDir {
    stopped_run_of(&small(Architecture::Decoder), done)
}

fn stopped_run_of(config: &RunConfig, done: usize) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut training = config.start().expect("a good configuration");
    let mut run = RunDirectory::create(directory.path(), config, Replace::Nothing).expect("an empty directory");
    run.keep_due(&training).expect("a place for them");
    for _ in 0..done {
        run.step(&mut training).expect("a finite loss");
    }
    directory
}

/// Trains to the end; from the beginning, unless a training is given.
fn finish(mut run: RunDirectory, training: Option<Training>) {
    let mut training = training.unwrap_or_else(|| small(Architecture::Decoder).start().expect("a good configuration"));
    run.keep_due(&training).expect("a place for them");
    while !training.is_done() {
        run.step(&mut training).expect("a finite loss");
    }
    run.finish(&training).expect("room for a model");
}

fn steps(training: &mut Training, count: usize) {
    for _ in 0..count {
        training.step().expect("a finite loss");
    }
}

/// Puts bytes in the place of a file; the error names that file or another, and nothing is changed.
fn assert_damaged(run: &Path, bytes: &[u8], name: &str, named: &str) {
    write(&run.join(name), bytes);
    let before = contents(run);
    let error = StoppedRun::open(run).err().unwrap_or_else(|| panic!("{name} was taken as it is"));
    assert!(matches!(&error, RunError::Damaged { path, .. } if *path == run.join(named)), "{error}");
    assert!(!error.is_failure() && !error.to_string().contains('\n'), "{error}");
    assert!(contents(run) == before, "{name}");
}

/// Lines of metrics without what a clock measured.
fn decided(lines: &[u8]) -> Vec<StepMetrics> {
    let lines = str::from_utf8(lines).expect("text").lines();
    let read = |line| serde_json::from_str::<StepMetrics>(line).expect("a line");
    lines.map(|line| StepMetrics { seconds: 0.0, tokens_per_second: 0.0, ..read(line) }).collect()
}

/// Every file below, by its path.
fn contents(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut directories: Vec<PathBuf> = vec![run.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let name = path.strip_prefix(run).expect("below").display().to_string();
                all.insert(name, read(&path));
            }
        }
    }
    all
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file")
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("a file");
}
