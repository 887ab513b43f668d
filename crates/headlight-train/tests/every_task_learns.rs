//! Small versions of the tasks are learned with their default settings; docs/tasks.md has the whole ones, measured.

use headlight_train::{RunConfig, TaskName, Training};

#[test]
fn reverse() {
    learn(TaskName::Reverse, None, 6, 10);
}

#[test]
fn repeat() {
    learn(TaskName::Repeat, Some(2), 3, 8);
}

#[test]
fn sort() {
    learn(TaskName::Sort, None, 5, 8);
}

#[test]
fn recall() {
    learn(TaskName::Recall, None, 3, 8);
}

#[test]
fn induction() {
    learn(TaskName::Induction, None, 6, 10);
}

#[test]
fn brackets() {
    learn(TaskName::Brackets, Some(5), 7, 2);
}

#[test]
fn addition() {
    learn(TaskName::Addition, None, 2, 10);
}

fn learn(name: TaskName, min_length: Option<usize>, length: usize, symbols: usize) {
    let mut config = RunConfig::for_task(name, name.architectures()[0]);
    (config.task.min_length, config.task.length, config.task.symbols) = (min_length, length, symbols);
    (config.threads, config.held_out, config.max_steps) = (1, 200, 1500);
    let mut training = Training::new(config).expect("a good configuration");
    while !training.is_done() {
        training.step().expect("a finite loss");
    }
    assert!(training.is_solved(), "{name}: {} after {} steps", training.exact_match(), training.steps());
    // Some head has found where to look: far more than a head that looks everywhere alike.
    let records = training.records().expect("finite weights");
    let score = records.iter().find_map(|record| record.best_aligned_head()).expect("the task has an alignment").2;
    assert!(score > 0.4, "{name}: {score}");
}
