//! What holds of every task: right answers by an oracle that reads text only, lengths within limits, held-out examples never
//! trained on.

mod oracle;

use std::collections::HashSet;

use headlight_model::Architecture;
use headlight_record::AttentionKind;
use headlight_train::tasks::TASKS;
use headlight_train::{Example, Task, TaskError, tasks};
use oracle::Oracle;

/// Every task that makes its own examples, in each of its architectures, at its default size and at others.
fn every_task() -> Vec<Task> {
    let mut tasks = Vec::new();
    for spec in TASKS.iter().filter(|spec| !spec.takes_pairs()) {
        for architecture in spec.architectures {
            let task = Task::new(spec, *architecture);
            tasks.push(task.clone());
            if spec.has_sizes() {
                tasks.push(task.with_length(4).expect("it has sizes"));
                tasks.push(Task { min_length: Some(4), ..task.with_length(9).expect("it has sizes") });
                tasks.push(Task { symbols: (*(spec.symbols)(&task).end()).min(10), ..tasks[tasks.len() - 1].clone() });
            }
        }
    }
    for task in &tasks {
        task.check().unwrap_or_else(|error| panic!("{task:?}: {error}"));
    }
    tasks
}

/// Some of what is trained on, and some of what is not.
fn examples(task: &Task) -> Vec<Example> {
    let trained = (1..=20).flat_map(|step| task.training_examples(7, step, 32));
    trained.chain(task.held_out(7, 128).examples).collect()
}

#[test]
fn every_answer_is_the_right_one() {
    let oracle = Oracle::new();
    for task in every_task() {
        let mut seen = HashSet::new();
        for Example { source, answer } in examples(&task) {
            let (question, answer) = (words(&task, &source), words(&task, &answer));
            assert_eq!(answer, oracle.answer(task.spec.name, &question), "{}: {question:?}", task.spec);
            seen.insert(question);
        }
        assert!(seen.len() > 30, "{task:?} asks only {} different questions", seen.len());
    }
}

#[test]
fn every_alignment_is_what_was_said() {
    for task in every_task() {
        let (kind, first_key) = match task.architecture {
            Architecture::Decoder => (AttentionKind::DecoderSelf, 1),
            Architecture::EncoderDecoder => (AttentionKind::Cross, 0),
        };
        for example in examples(&task) {
            let aligned = task.alignment(kind, &example).expect("these tasks have one");
            let (question, answer) = (words(&task, &example.source), words(&task, &example.answer));
            let target = task.target(&example);
            let asked = target.len() - answer.len();
            assert!(aligned[..asked].iter().all(Vec::is_empty), "{}: {question:?}", task.spec);
            for (at, keys) in aligned[asked..].iter().enumerate() {
                let mut places: Vec<usize> = keys.iter().map(|key| key - first_key).collect();
                places.sort_unstable();
                let expected = oracle::positions(task.spec.name, &question, &answer, at);
                assert_eq!(places, expected, "{}: token {at} of {answer:?} to {question:?}", task.spec);
            }
            for other in AttentionKind::ALL.into_iter().filter(|other| *other != kind) {
                assert_eq!(task.alignment(other, &example), None);
            }
        }
    }
}

#[test]
fn nothing_is_longer_than_the_model_is_made_for() {
    for task in every_task() {
        let mut longest = 0;
        for example in examples(&task) {
            let source = task.prompt(&example.source).source.map_or(0, |source| source.len());
            let target = task.target(&example).len();
            assert_eq!(task.tokens_read(&example), source + target);
            longest = longest.max(source).max(target);
            let ids = example.source.iter().chain(&example.answer);
            assert!(ids.into_iter().all(|id| *id < task.vocabulary_size()));
            assert!(task.source_lengths().contains(&example.source.len()));
        }
        // An odd count of brackets leaves an odd count open, so the deepest and the longest need not come together.
        let spare = usize::from(task.spec == &tasks::brackets::SPEC);
        assert!((task.max_length() - spare..=task.max_length()).contains(&longest), "{task:?}: {longest}");
        assert_eq!(task.vocabulary_size(), task.vocabulary().size(), "{task:?}");
        let tokens: HashSet<String> =
            task.vocabulary().tokens(&(0..task.vocabulary_size()).collect::<Vec<_>>()).into_iter().collect();
        assert_eq!(tokens.len(), task.vocabulary_size(), "{task:?} has a token twice");
    }
}

#[test]
fn sizes_in_a_range_come_all_and_about_equally_often() {
    for task in every_task().into_iter().filter(|task| task.min_length.is_some() && task.length == 9) {
        let mut counts = std::collections::BTreeMap::<usize, usize>::new();
        for step in 1..=60 {
            for example in task.training_examples(0, step, 16) {
                *counts.entry(example.source.len()).or_default() += 1;
            }
        }
        assert_eq!(counts.len(), 6, "{task:?}: {counts:?}");
        // 160 expected of each; 12 is one standard deviation.
        assert!(counts.values().all(|count| (100..220).contains(count)), "{task:?}: {counts:?}");
    }
}

#[test]
fn a_question_reads_as_it_is_written() {
    for task in every_task() {
        for Example { source, .. } in examples(&task).into_iter().take(100) {
            assert_eq!(task.encode(&task.text(&source)).expect("a question of the task"), source);
        }
    }
}

#[test]
fn what_is_held_out_is_never_trained_on() {
    for task in every_task() {
        let held_out = task.held_out(3, 512);
        assert_eq!(held_out, task.held_out(3, 512));
        let questions: HashSet<_> = held_out.examples.iter().map(|example| &example.source).collect();
        assert_eq!(questions.len(), held_out.examples.len(), "all are different");
        assert!(held_out.examples.iter().all(|example| task.is_held_out(&example.source)));
        for step in 1..=60 {
            let batch = task.training_examples(3, step, 32);
            assert_eq!(batch, task.training_examples(3, step, 32));
            for Example { source, .. } in &batch {
                assert!(!task.is_held_out(source) && !questions.contains(source), "{:?}", words(&task, source));
            }
        }
    }
}

#[test]
fn a_held_out_date_was_never_seen_however_it_is_written() {
    let task = Task::new(&tasks::dates::SPEC, Architecture::EncoderDecoder);
    let held_out: HashSet<_> = task.held_out(0, 4096).examples.into_iter().map(|example| example.answer).collect();
    assert!(held_out.len() > 3000, "{} dates", held_out.len());
    let mut trained = HashSet::new();
    for step in 1..=1000 {
        trained.extend(task.training_examples(0, step, 64).into_iter().map(|example| example.answer));
    }
    assert!(trained.len() > 30_000, "{} dates", trained.len());
    assert!(trained.is_disjoint(&held_out));
}

#[test]
fn other_sizes_are_held_out_too() {
    for task in every_task().into_iter().filter(|task| task.spec.has_sizes()) {
        for length in [5, 7] {
            let other = task.with_length(length).expect("it has sizes");
            other.check().unwrap_or_else(|error| panic!("{other:?}: {error}"));
            let held_out = other.held_out(0, 50);
            assert!(held_out.examples.len() > 10, "{other:?}: {}", held_out.examples.len());
            let lengths: HashSet<usize> = held_out.examples.iter().map(|example| example.source.len()).collect();
            assert_eq!(lengths.len(), 1);
        }
    }
    let dates = Task::new(&tasks::dates::SPEC, Architecture::EncoderDecoder);
    assert!(matches!(dates.with_length(5), Err(TaskError::NoLength { .. })));
}

#[test]
fn induction_needs_one_sequence() {
    let mut task = Task::new(&tasks::induction::SPEC, Architecture::Decoder);
    task.architecture = Architecture::EncoderDecoder;
    let error = task.check().expect_err("no encoder").to_string();
    assert_eq!(error, "induction is not for the architecture encoder-decoder: choose decoder");
}

#[test]
fn no_size_panics_or_takes_forever() {
    for spec in TASKS.iter().copied() {
        for length in [0, 1, 2, 3, 4, 5, 17, 64, 65, 512, 513, usize::MAX] {
            for symbols in [0, 1, 2, 3, 5, 10, 11, 42, 2048, 4096, usize::MAX] {
                for min_length in [None, Some(0), Some(1), Some(3), Some(usize::MAX)] {
                    let architecture = spec.architectures[0];
                    let task = Task { spec, architecture, length, min_length, symbols, file: None };
                    if task.check().is_ok() && length < 100 {
                        assert_eq!(task.training_examples(0, 1, 3).len(), 3, "{task:?}");
                        assert!(!task.held_out(0, 3).examples.is_empty(), "{task:?}");
                    }
                }
            }
        }
    }
}

fn words(task: &Task, ids: &[usize]) -> Vec<String> {
    task.vocabulary().tokens(ids)
}
