//! The same seed and the same number of threads give the same bytes, whatever else the process does.

mod setup;

use headlight_model::{Architecture, parameters_to_safetensors};
use headlight_record::records_to_bytes;
use headlight_train::tasks;
use setup::{Setup, with};

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
        let other = with(config.clone(), |config| config.training.seed = 1);
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
    let (other_model, other_attention) = train(&with(config, |config| config.training.seed = 1));
    assert!(model != other_model && attention != other_attention);
}

#[test]
fn dropout_takes_part_in_training() {
    // Otherwise the runs above with and without it would be the same ones.
    assert!(train(&small(Architecture::Decoder, 0.0)) != train(&small(Architecture::Decoder, 0.1)));
}

fn small(architecture: Architecture, dropout: f64) -> Setup {
    let mut config = Setup::new(&tasks::copy::SPEC, architecture);
    (config.task.length, config.task.symbols) = (4, 6);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 1, 32);
    (config.training.batch_size, config.training.max_steps, config.training.held_out) = (16, 30, 20);
    (config.model.dropout, config.threads) = (dropout, 2);
    config
}

/// The bytes of the model and of its attention at the end of the run.
fn train(config: &Setup) -> (Vec<u8>, Vec<u8>) {
    let mut training = config.start();
    while !training.is_done() {
        training.step().expect("a finite loss");
    }
    let model = parameters_to_safetensors(&training.model()).expect("weights as bytes");
    let records = training.records().expect("finite weights");
    (model, records_to_bytes(&records).expect("a record of each kind"))
}
