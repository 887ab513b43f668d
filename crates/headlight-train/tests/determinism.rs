//! The same seed and the same number of threads give the same bytes, whatever else the process does.

use headlight_model::{Architecture, parameters_to_safetensors};
use headlight_record::records_to_bytes;
use headlight_train::{RunConfig, Training, tasks};

#[test]
fn the_same_run_gives_the_same_bytes() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for dropout in [0.0, 0.1] {
            let config = small(architecture, dropout);
            assert!(train(&config) == train(&config), "{architecture:?} with dropout {dropout}");
        }
    }
}

#[test]
fn another_training_in_the_same_process_changes_nothing() {
    for dropout in [0.0, 0.1] {
        let config = small(Architecture::Decoder, dropout);
        let other = RunConfig { seed: 1, ..config.clone() };
        let alone = train(&config);
        let (beside, _) = std::thread::scope(|scope| {
            let noise = scope.spawn(|| train(&other));
            (train(&config), noise.join().expect("the other training ends"))
        });
        assert!(beside == alone, "with dropout {dropout}");
    }
}

#[test]
fn another_seed_gives_other_bytes() {
    let config = small(Architecture::Decoder, 0.0);
    let (model, attention) = train(&config);
    let (other_model, other_attention) = train(&RunConfig { seed: 1, ..config });
    assert!(model != other_model && attention != other_attention);
}

#[test]
fn dropout_takes_part_in_training() {
    // Otherwise the runs above with and without it would be the same ones.
    assert!(train(&small(Architecture::Decoder, 0.0)) != train(&small(Architecture::Decoder, 0.1)));
}

fn small(architecture: Architecture, dropout: f64) -> RunConfig {
    let mut config = RunConfig::for_task(&tasks::copy::SPEC, architecture);
    (config.task.length, config.task.symbols) = (4, 6);
    (config.d_model, config.n_heads, config.n_layers, config.d_ff) = (16, 2, 1, 32);
    (config.batch_size, config.max_steps, config.held_out) = (16, 30, 20);
    (config.dropout, config.threads) = (dropout, 2);
    config
}

/// The bytes of the model and of its attention at the end of the run.
fn train(config: &RunConfig) -> (Vec<u8>, Vec<u8>) {
    let mut training = Training::new(config.clone()).expect("a good configuration");
    while !training.is_done() {
        training.step().expect("a finite loss");
    }
    let model = parameters_to_safetensors(&training.model()).expect("weights as bytes");
    let records = training.records().expect("finite weights");
    (model, records_to_bytes(&records).expect("a record of each kind"))
}
