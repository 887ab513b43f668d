//! The task `file`: a run finds its pairs again, or says what became of them.

use headlight_model::Architecture;
use headlight_runs::{Replace, RunConfig, RunDirectory, RunError, SavedRun, read_pairs};
use headlight_train::{PairFile, Spelling, TaskError, TrainError, generate};

#[test]
fn a_file_that_is_none_is_a_wrong_request() {
    let place = tempfile::tempdir().expect("a temporary directory");
    for nowhere in [place.path().join("not there"), place.path().to_owned()] {
        let error = read_pairs(&nowhere, Spelling::Words).expect_err("no file");
        assert!(matches!(error, RunError::Pairs { .. } | RunError::NotAFile { .. }) && !error.is_failure(), "{error}");
    }
}

#[test]
fn a_model_learns_pairs_and_is_found_again_without_the_file() {
    let place = tempfile::tempdir().expect("a temporary directory");
    // Nothing but the last digit matters, so that pairs never seen can be answered.
    let text: String = (0..400).map(|number| format!("{number:03}\t{}\n", ["even", "odd"][number % 2])).collect();
    std::fs::write(place.path().join("pairs.txt"), &text).expect("a file");
    let pairs = read_pairs(&place.path().join("pairs.txt"), Spelling::Characters).expect("good pairs");
    let mut config = RunConfig::for_pairs(pairs, Architecture::EncoderDecoder);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff, config.threads) =
        (32, 2, 1, 64, 1);
    let mut training = config.start().expect("a good configuration");
    let path = place.path().join("run");
    let mut run = RunDirectory::create(&path, &config, Replace::Nothing).expect("a new directory");
    while !training.is_done() {
        let outcome = training.step().expect("a finite loss");
        run.log(&outcome).expect("room for a line");
    }
    assert!(training.is_solved(), "{}", training.exact_match());
    run.finish(&training).expect("room for a model");

    let saved = SavedRun::open(&path).expect("a run");
    assert!(saved.config.task.file.as_ref().is_some_and(PairFile::is_loaded));
    assert_eq!(
        saved.example("007").expect("a known source").answer,
        saved.config.task.answer(&saved.encode("007").expect("known")).expect("known")
    );

    // Without the file, or with another one, nobody knows what is right; the model still answers.
    for other in [None, Some("a\tb\n")] {
        match other {
            None => std::fs::remove_file(place.path().join("pairs.txt")).expect("it is there"),
            Some(text) => std::fs::write(place.path().join("pairs.txt"), text).expect("a file"),
        }
        let saved = SavedRun::open(&path).expect("a run");
        let source = saved.encode("124").expect("known characters");
        assert_eq!(saved.config.task.answer(&source), None);
        let answer = generate(&saved.model, &saved.config.task, std::slice::from_ref(&source), &saved.device).remove(0);
        assert_eq!(saved.example("124").expect("a question").answer, answer);
        assert!(matches!(saved.config.start(), Err(RunError::Train(TrainError::Task(TaskError::NoPairs { .. })))));
        let error = saved.pairs_error().expect("not the file that it was");
        assert!(!error.is_failure() && error.to_string().contains("pairs.txt"), "{error}");
    }
}
