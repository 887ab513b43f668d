//! Parameters that a run keeps on the way: whole files of a run like all its others.

mod whole_run;

use std::path::Path;

use headlight_model::{Architecture, parameters_to_safetensors};
use headlight_runs::{Layout, Replace, RunConfig, RunDirectory, RunError, SavedRun, StoppedRun};
use headlight_train::{Training, tasks};
use whole_run::with;

#[test]
fn a_run_keeps_the_untrained_model_every_kth_and_the_last() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = small();
    train(directory.path(), &config);
    let run = SavedRun::open(directory.path()).expect("a run");
    assert_eq!(run.kept_steps().expect("a directory"), [0, 5, 10, 12]);
    let bytes = |step| parameters_to_safetensors(&run.model_at(step).expect("kept")).expect("parameters");
    assert!(bytes(0) == parameters_to_safetensors(&config.transformer().init(&run.device)).expect("parameters"));
    assert!(bytes(12) == read(&Layout::of(directory.path()).model()));
    assert!(read(&Layout::of(directory.path()).parameters(12)) == read(&Layout::of(directory.path()).model()));
    assert!(bytes(5) != bytes(10));
    assert!(matches!(run.model_at(7), Err(RunError::Io { .. })), "nobody kept it");

    let file = Layout::of(directory.path()).parameters(5);
    let mut damaged = read(&file);
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    std::fs::write(&file, damaged).expect("a file");
    let error = run.model_at(5).expect_err("a bit has flipped");
    assert!(matches!(&error, RunError::Damaged { path, .. } if *path == file), "{error}");
}

#[test]
fn a_run_that_keeps_none_is_as_before_there_were_any() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = with(small(), |config| config.keep_parameters_every = 0);
    train(directory.path(), &config);
    assert!(!directory.path().join("parameters").exists());
    let text = String::from_utf8(read(&directory.path().join("config.json"))).expect("text");
    assert!(!text.contains("keep_parameters_every"), "{text}");
    let run = SavedRun::open(directory.path()).expect("a run");
    assert_eq!((run.kept_steps().expect("none"), run.config.keep_parameters_every), (vec![], 0));
}

/// Killed at step 9 with its last checkpoint at step 5, and stopped at step 7, where it keeps those of step 7 too.
#[test]
fn a_resumed_run_keeps_what_an_undisturbed_one_keeps() {
    let whole = tempfile::tempdir().expect("a temporary directory");
    let config = with(small(), |config| (config.keep_parameters_every, config.checkpoint_every) = (4, 5));
    train(whole.path(), &config);
    for stopped_at in [None, Some(7)] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut training = config.start().expect("a good configuration");
        let mut run = RunDirectory::create(directory.path(), &config, Replace::Nothing).expect("room");
        run.keep_due(&training).expect("room");
        for _ in 0..stopped_at.unwrap_or(9) {
            run.step(&mut training).expect("a finite loss");
        }
        match stopped_at {
            None => drop(run),
            Some(_) => drop(run.finish(&training).expect("room")),
        }
        let kept = |path: &Path| -> Vec<usize> {
            Layout::of(path).kept_parameters().expect("a directory").into_iter().map(|(step, _)| step).collect()
        };
        assert_eq!(kept(directory.path()), if stopped_at.is_some() { vec![0, 4, 7] } else { vec![0, 4, 8] });
        let (run, training) =
            StoppedRun::open(directory.path()).expect("a run").resume(config.clone()).expect("the same run");
        assert_eq!(kept(directory.path()), [0, 4]);
        to_the_end(run, training);
        assert_eq!(kept(directory.path()), [0, 4, 8, 12]);
        for step in [0, 4, 8, 12] {
            let file = |path: &Path| read(&Layout::of(path).parameters(step));
            assert!(file(directory.path()) == file(whole.path()), "step {step}");
        }
    }
}

#[test]
fn kept_parameters_are_replaced_with_the_run_and_what_lies_between_them_is_not() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    train(directory.path(), &small());
    let config = with(small(), |config| config.keep_parameters_every = 0);
    drop(RunDirectory::create(directory.path(), &config, Replace::AnyRun).expect("a run may be replaced"));
    assert!(!directory.path().join("parameters").exists());

    let directory = tempfile::tempdir().expect("a temporary directory");
    train(directory.path(), &small());
    std::fs::write(directory.path().join("parameters/step_000003.safetensors"), b"mine").expect("room");
    let error = RunDirectory::create(directory.path(), &config, Replace::AnyRun).err().expect("it is not the run's");
    assert!(matches!(error, RunError::NotReplaced { .. }), "{error}");
    assert_eq!(Layout::of(directory.path()).kept_parameters().expect("a directory").len(), 5);
}

fn small() -> RunConfig {
    let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
    (config.task.length, config.task.symbols) = (3, 6);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 1, 32);
    (config.training.batch_size, config.training.max_steps, config.training.held_out) = (16, 12, 10);
    (config.threads, config.keep_parameters_every, config.training.learning_rate) = (1, 5, 1e-3);
    config
}

fn train(path: &Path, config: &RunConfig) {
    let training = config.start().expect("a good configuration");
    to_the_end(RunDirectory::create(path, config, Replace::Nothing).expect("room"), training);
}

fn to_the_end(mut run: RunDirectory, mut training: Training) {
    run.keep_due(&training).expect("room");
    while !training.is_done() {
        run.step(&mut training).expect("a finite loss");
    }
    run.finish(&training).expect("room");
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file")
}
