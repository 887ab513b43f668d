//! A task that is not one of Headlight's own, in a run directory.

mod whole_run;

use headlight_model::Architecture;
use headlight_runs::{Layout, RunConfig};
use headlight_train::{StoredTask, TaskSpec};
use whole_run::make_run;

static MINE: TaskSpec = TaskSpec::sequence("mine", |_, source| Some(source.to_vec()), |_, _| None);

#[test]
fn a_run_of_one_s_own_task_is_trained_to_its_end() {
    let mut config = RunConfig::for_task(&MINE, Architecture::Decoder);
    (config.task.length, config.task.symbols) = (3, 6);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 1, 32);
    (config.training.batch_size, config.training.max_steps, config.training.held_out, config.threads) = (16, 2, 10, 1);
    let directory = tempfile::tempdir().expect("a temporary directory");
    make_run(directory.path(), &config);
    let layout = Layout::of(directory.path());
    assert!(layout.model().is_file() && layout.checkpoint().is_file() && layout.result().is_file());
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(layout.config()).expect("a configuration")).expect("JSON");
    let stored: StoredTask = serde_json::from_value(file["task"].clone()).expect("a task");
    assert_eq!(stored.task(&[&MINE]).expect("mine"), config.task);
}
