//! Small versions of the tasks are learned with their default settings; docs/tasks.md has the whole ones, measured.

mod setup;

use headlight_record::{AttentionRecord, MaskCell};
use headlight_train::{TaskSpec, tasks};
use setup::{Setup, with};

#[test]
fn reverse() {
    learn(&tasks::reverse::SPEC, None, 6, 10);
}

#[test]
fn repeat() {
    learn(&tasks::repeat::SPEC, Some(2), 3, 8);
}

#[test]
fn sort() {
    learn(&tasks::sort::SPEC, None, 5, 8);
}

#[test]
fn histogram() {
    let mut config = Setup::new(&tasks::histogram::SPEC, tasks::histogram::SPEC.architectures[0]);
    (config.task.length, config.task.symbols) = (5, 5);
    // A head counts by how much the equal tokens leave to another one, so it never gives them all.
    solve_attending(config, 0.1);
}

#[test]
fn recall() {
    learn(&tasks::recall::SPEC, None, 3, 8);
}

#[test]
fn induction() {
    learn(&tasks::induction::SPEC, None, 6, 10);
}

#[test]
fn brackets() {
    learn(&tasks::brackets::SPEC, Some(5), 7, 2);
}

#[test]
fn addition() {
    learn(&tasks::addition::SPEC, None, 2, 10);
}

/// Dates have no smaller size, so less is asked of them.
#[test]
fn dates() {
    let config = Setup::new(&tasks::dates::SPEC, tasks::dates::SPEC.architectures[0]);
    solve(with(config, |config| config.training.target = 0.9));
}

fn learn(name: &'static TaskSpec, min_length: Option<usize>, length: usize, symbols: usize) {
    let mut config = Setup::new(name, name.architectures[0]);
    (config.task.min_length, config.task.length, config.task.symbols) = (min_length, length, symbols);
    solve(config);
}

fn solve(config: Setup) {
    // Some head has found where to look: it has half and more of what a head that looks everywhere alike leaves.
    solve_attending(config, 0.5);
}

/// Some head ends with this share, and more, of what a head that attends to everything alike leaves of the weight.
fn solve_attending(mut config: Setup, share: f32) {
    (config.threads, config.training.held_out, config.training.max_steps) = (1, 200, 1500);
    let name = config.task.spec;
    let mut training = config.start();
    while !training.is_done() {
        training.step().expect("a finite loss");
    }
    assert!(training.is_solved(), "{name}: {} after {} steps", training.exact_match(), training.steps());
    let records = training.records().expect("finite weights");
    let record = records.iter().find(|record| record.alignment().is_some()).expect("the task has an alignment");
    let (_, _, score) = record.best_aligned_head().expect("the task has an alignment");
    let uniform = uniform_score(record);
    assert!(
        score >= uniform + share * (1.0 - uniform),
        "{name}: {score}, and a head that looks everywhere alike has {uniform}"
    );
}

/// The score of a head that looks alike at every key that it may see.
fn uniform_score(record: &AttentionRecord) -> f32 {
    let (mask, alignment) = (record.mask().expect("a mask"), record.alignment().expect("an alignment"));
    let keys = record.key_tokens().len();
    let shares: Vec<f32> = mask
        .chunks(keys)
        .zip(alignment)
        .filter(|(_, aligned)| !aligned.is_empty())
        .map(|(cells, aligned)| {
            let visible = cells.iter().filter(|cell| **cell == MaskCell::Visible).count();
            aligned.len() as f32 / visible as f32
        })
        .collect();
    shares.iter().sum::<f32>() / shares.len() as f32
}
