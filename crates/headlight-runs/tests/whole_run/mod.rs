//! A run from its first step to its files.
#![allow(dead_code)] // no test needs all of it

use std::path::Path;

use headlight_model::Architecture;
use headlight_runs::{Replace, RunConfig, RunDirectory};
use headlight_train::{Training, tasks};

pub fn make_run(path: &Path, config: &RunConfig) -> Training {
    let mut training = config.start().expect("a good configuration");
    let mut run = RunDirectory::create(path, config, Replace::Nothing).expect("an empty directory");
    while !training.is_done() {
        let outcome = training.step().expect("a finite loss");
        run.log(&outcome).expect("room for a line");
    }
    run.finish(&training).expect("room for a model");
    training
}

pub fn with(mut config: RunConfig, edit: impl FnOnce(&mut RunConfig)) -> RunConfig {
    edit(&mut config);
    config
}

/// Two steps of copying, as small as it can be.
pub fn small() -> RunConfig {
    let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
    (config.task.length, config.task.symbols) = (3, 6);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 1, 32);
    (config.training.batch_size, config.training.max_steps, config.training.held_out, config.threads) = (16, 2, 10, 1);
    config
}

/// The names of what lies in a directory, in order.
pub fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
