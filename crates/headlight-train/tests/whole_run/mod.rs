//! A run from its first step to its files.

use std::path::Path;

use headlight_train::{Replace, RunConfig, RunDirectory, Training};

pub fn make_run(path: &Path, config: RunConfig) -> Training {
    let mut training = Training::new(config).expect("a good configuration");
    let mut run = RunDirectory::create(path, training.config(), Replace::Nothing).expect("an empty directory");
    while !training.is_done() {
        let outcome = training.step().expect("a finite loss");
        run.log(&outcome).expect("room for a line");
    }
    run.finish(&training).expect("room for a model");
    training
}
