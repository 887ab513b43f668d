//! A run from its first step to its files.
#![allow(dead_code)] // no test needs all of it

use std::path::Path;

use headlight_runs::{Replace, RunConfig, RunDirectory};
use headlight_train::Training;

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
