//! The task `file`: pairs of the user's own, read whole or refused in one line.

use std::path::Path;

use headlight_model::Architecture;
use headlight_record::AttentionKind;
use headlight_train::{
    PairError, PairFile, RunConfig, SavedRun, Spelling, Task, TaskError, TrainError, Training, generate, load_pairs,
    read_pairs, tasks,
};

#[test]
fn lines_become_pairs() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let text =
        "\u{feff}der Hund\tthe dog\r\n\r\ndie  Katze \t the cat\nder Hund\tthe dog\n".to_string() + &numbered(40);
    let pairs = read(place.path(), text.as_bytes(), Spelling::Words).expect("good pairs");
    let task = Task::of_pairs(pairs, Architecture::EncoderDecoder);
    task.check().expect("enough pairs");
    let source = task.encode("die Katze").expect("known words");
    let answer = task.answer(&source).expect("a known pair");
    assert_eq!(task.text(&answer), "the cat END");
    assert_eq!(task.text(&task.prompt(&source).target), "BOS");
    assert_eq!(task.answer(&task.encode("die Hund").expect("known words")), None);
    assert_eq!(task.alignment(AttentionKind::Cross, &headlight_train::Example { source, answer }), None);
    assert_eq!((task.max_length(), task.length), (3, 2)); // BOS the dog; two words at most
    let error = task.encode("die Maus").expect_err("an unknown word").to_string();
    assert!(error.starts_with("unknown token 'Maus'; this run's tokens are"), "{error}");
}

#[test]
fn characters_are_tokens_too() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let text = "ab c\tC\n年月\t日\n".to_string() + &numbered(40);
    let pairs = read(place.path(), text.as_bytes(), Spelling::Characters).expect("good pairs");
    let task = Task::of_pairs(pairs, Architecture::Decoder);
    let source = task.encode("ab c").expect("known characters");
    assert_eq!(task.vocabulary().tokens(&source), ["a", "b", "␣", "c"]);
    assert_eq!((task.text(&source), task.text(&task.answer(&source).expect("known"))), ("ab c".into(), "C END".into()));
    assert_eq!(task.text(&task.prompt(&source).target), "BOS ab c SEP", "marks stand apart");
    assert_eq!(task.encode("年月").expect("known characters").len(), 2);
}

#[test]
fn an_eighth_is_held_out_and_never_trained_on() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let pairs = read(place.path(), numbered(2000).as_bytes(), Spelling::Words).expect("good pairs");
    let task = Task::of_pairs(pairs, Architecture::EncoderDecoder);
    let held_out = task.held_out(0, 4096).examples;
    assert!((180..320).contains(&held_out.len()), "{}", held_out.len());
    for step in 0..200 {
        let batch = task.training_examples(0, step, 32);
        assert!(batch.iter().all(|example| !held_out.contains(example)));
    }
    // Another line moves no other from training to what is held out, though it moves the numbers of tokens.
    let more = "0000 first\tA\n".to_string() + &numbered(2000);
    let pairs = read(place.path(), more.as_bytes(), Spelling::Words).expect("good pairs");
    let grown = Task::of_pairs(pairs, Architecture::EncoderDecoder);
    for example in &held_out {
        let source = grown.encode(&task.text(&example.source)).expect("the same words");
        assert!(grown.is_held_out(&source));
    }
}

#[test]
fn what_is_no_file_of_pairs_gets_one_line() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let long = "a ".repeat(513) + "\tb";
    let many: String = (0..5000).map(|number| format!("w{number}\tb\n")).collect();
    for (bytes, expected) in [
        (&b""[..], "holds no pair"),
        (b"\n\n\r\n", "holds no pair"),
        (b"no tab here\n", "line 1 has no tab between a source and a target"),
        (b"a\tb\n\ncd\n", "line 3 has no tab"),
        (b"a\tb\tc\n", "line 1 has more than one tab"),
        (b"\tb\n", "line 1 has no source"),
        (b"a\t\n", "line 1 has no target"),
        (b" \t \n", "line 1 has no source"),
        (b"a\tb\nc\td\na\tc\n", "line 3 gives a source of an earlier line another target"),
        (b"a\x1b[31m\tb\n", "line 1 holds a control character"),
        (b"a\x00\tb\n", "line 1 holds a control character"),
        (b"a SEP\tb\n", "line 1 holds SEP"),
        (b"\xff\xfea\tb\n", "is not text in UTF-8"),
        (long.as_bytes(), "line 1 has a source of 513 tokens, and at most 512 are possible"),
        (many.as_bytes(), "has 5001 different tokens, and at most 4096"),
    ] {
        let error = read(place.path(), bytes, Spelling::Words).expect_err(expected);
        let line = error.to_string();
        assert!(line.contains(expected) && line.contains("pairs.txt"), "{line}");
        assert!(!line.contains(char::is_control) && !error.is_failure(), "{line:?}");
    }
    for nowhere in [place.path().join("not there"), place.path().to_owned()] {
        let error = read_pairs(&nowhere, Spelling::Words).expect_err("no file");
        assert!(matches!(error, TrainError::PairFile { .. }) && !error.is_failure());
    }
    // Too few to hold one out.
    let pairs = read(place.path(), b"a\tb\n", Spelling::Words).expect("a pair");
    let error = Training::new(RunConfig::for_pairs(pairs, Architecture::Decoder)).err().expect("one pair").to_string();
    assert!(error.contains("only 1 pairs") && error.contains("add some to the file"), "{error}");
    let error = RunConfig::for_task(&tasks::file::SPEC, Architecture::Decoder).check().expect_err("no file");
    assert!(matches!(error, TrainError::Task(TaskError::NoPairs { .. })), "{error}");
}

#[test]
fn any_bytes_are_read_or_refused() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let whole = "der Hund\tthe dog\n年月\t日\na b c\td\n".as_bytes();
    for at in 0..whole.len() {
        for byte in [0, b'\t', b'\n', b'\r', b' ', 0x80, 0xe5, 0xff] {
            let mut bytes = whole.to_vec();
            bytes[at] = byte;
            for spelling in [Spelling::Words, Spelling::Characters] {
                if let Ok(pairs) = read(place.path(), &bytes, spelling) {
                    assert!(pairs.longest_source() > 0 && pairs.longest_answer() > 0 && !pairs.tokens().is_empty());
                }
            }
        }
    }
}

#[test]
fn a_model_learns_pairs_and_is_found_again_without_the_file() {
    let place = tempfile::tempdir().expect("a temporary directory");
    // Nothing but the last digit matters, so that pairs never seen can be answered.
    let text: String = (0..400).map(|number| format!("{number:03}\t{}\n", ["even", "odd"][number % 2])).collect();
    let pairs = read(place.path(), text.as_bytes(), Spelling::Characters).expect("good pairs");
    let mut config = RunConfig::for_pairs(pairs, Architecture::EncoderDecoder);
    (config.d_model, config.n_heads, config.n_layers, config.d_ff, config.threads) = (32, 2, 1, 64, 1);
    let mut training = Training::new(config.clone()).expect("a good configuration");
    let mut run = headlight_train::RunDirectory::create(
        &place.path().join("run"),
        training.config(),
        headlight_train::Replace::Nothing,
    )
    .expect("a new directory");
    while !training.is_done() {
        let outcome = training.step().expect("a finite loss");
        run.log(&outcome).expect("room for a line");
    }
    assert!(training.is_solved(), "{}", training.exact_match());
    run.finish(&training).expect("room for a model");

    let saved = SavedRun::open(&place.path().join("run")).expect("a run");
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
        let saved = SavedRun::open(&place.path().join("run")).expect("a run");
        let source = saved.encode("124").expect("known characters");
        assert_eq!(saved.config.task.answer(&source), None);
        let answer = generate(&saved.model, &saved.config.task, std::slice::from_ref(&source), &saved.device).remove(0);
        assert_eq!(saved.example("124").expect("a question").answer, answer);
        assert!(matches!(Training::new(saved.config.clone()), Err(TrainError::Task(TaskError::NoPairs { .. }))));
        let error =
            load_pairs(&mut saved.config.task.file.clone().expect("pairs")).expect_err("not the file that it was");
        assert!(
            matches!(
                error,
                TrainError::PairFile { .. } | TrainError::Task(TaskError::Pairs { source: PairError::Changed, .. })
            ),
            "{error}"
        );
    }
}

fn read(place: &Path, bytes: &[u8], spelling: Spelling) -> Result<PairFile, TrainError> {
    let path = place.join("pairs.txt");
    std::fs::write(&path, bytes).expect("a file");
    read_pairs(&path, spelling)
}

/// `count` pairs, a line each.
fn numbered(count: usize) -> String {
    (0..count).map(|number| format!("x{number}\ty{}\n", number % 7)).collect()
}
