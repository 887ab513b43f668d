//! What a run's configuration may hold, and what is refused before anything is written.

use headlight_model::Architecture;
use headlight_runs::{RunConfig, RunConfigError};
use headlight_train::{SettingError, TaskError, TrainError, tasks};

#[test]
fn sizes_out_of_range_are_refused_by_name() {
    const HUGE: [usize; 4] = [usize::MAX, usize::MAX / 2, u32::MAX as usize, 1 << 32];
    type Set = fn(&mut RunConfig, usize);
    let sizes: [(&str, Set); 10] = [
        ("length", |config, size| config.task.length = size),
        ("min-length", |config, size| config.task.min_length = Some(size)),
        ("symbols", |config, size| config.task.symbols = size),
        ("layers", |config, size| config.model.n_layers = size),
        ("d-model", |config, size| (config.model.d_model, config.model.n_heads) = (size & !3, 4)),
        ("d-ff", |config, size| config.model.d_ff = size),
        ("batch-size", |config, size| config.training.batch_size = size),
        ("max-steps", |config, size| config.training.max_steps = size),
        ("held-out", |config, size| config.training.held_out = size),
        ("threads", |config, size| config.threads = size),
    ];
    for (name, set) in sizes {
        for size in HUGE {
            let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
            set(&mut config, size);
            let error = config.check().expect_err(name);
            let (RunConfigError::Train(TrainError::Setting(SettingError::Range { name: named, .. }))
            | RunConfigError::Train(TrainError::Task(TaskError::Size { name: named, .. }))) = error
            else {
                panic!("{name}: {error}")
            };
            assert_eq!(named, name);
        }
    }
    RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder).check().expect("the defaults");
}

#[test]
fn rates_that_are_no_rates_are_refused() {
    type Set = fn(&mut RunConfig, f64);
    let numbers: [(&str, Set); 5] = [
        ("target", |config, number| config.training.target = number),
        ("learning-rate", |config, number| config.training.learning_rate = number),
        ("max-gradient-norm", |config, number| config.training.max_gradient_norm = number),
        ("weight-decay", |config, number| config.training.weight_decay = number),
        ("dropout", |config, number| config.model.dropout = number),
    ];
    for (name, set) in numbers {
        for number in [-0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
            set(&mut config, number);
            let error = config.check().expect_err(name).to_string();
            assert!(error.starts_with(name), "{name} {number}: {error}");
        }
    }
}
