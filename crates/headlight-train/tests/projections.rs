//! What a run's weights came from: the equation gives the record's weights again, for every kind of attention and positions.

use headlight_model::Architecture;
use headlight_model::Positions::{Alibi, Learned, None, Rotary, Sinusoidal};
use headlight_record::{AttentionKind, AttentionRecord, MaskCell, read_records};
use headlight_train::{Replace, RunConfig, RunDirectory, SavedRun, Training, tasks};

#[test]
fn the_equation_gives_the_weights_of_every_run() {
    let mut kinds = Vec::new();
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for positions in [None, Sinusoidal, Learned, Rotary, Alibi] {
            if positions == Alibi && architecture == Architecture::EncoderDecoder {
                continue; // there is no such model
            }
            let mut config = RunConfig::for_task(&tasks::copy::SPEC, architecture);
            (config.task.length, config.task.symbols, config.positions) = (5, 6, positions);
            (config.d_model, config.n_heads, config.n_layers, config.d_ff) = (16, 2, 2, 32);
            let mut training = Training::new(config).expect("a good configuration");
            for _ in 0..20 {
                training.step().expect("a finite loss");
            }
            let records = training.records().expect("finite weights");
            kinds.extend(records.iter().map(AttentionRecord::kind));
            for record in &records {
                let bias = record.projections().expect("what the weights came from").bias.as_ref();
                assert_eq!(bias.is_some(), positions == Alibi);
                assert!(error_of_equation(record) < 1e-5, "{architecture:?}, {positions:?}, {}", record.kind());
            }
        }
    }
    assert!(AttentionKind::ALL.iter().all(|kind| kinds.contains(kind)));
}

#[test]
fn a_run_leaves_them_once() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::EncoderDecoder);
    (config.task.length, config.task.symbols, config.max_steps, config.record_every) = (3, 6, 2, 1);
    (config.d_model, config.n_heads, config.n_layers, config.d_ff) = (16, 2, 1, 32);
    let mut training = Training::new(config).expect("a good configuration");
    let mut run = RunDirectory::create(directory.path(), training.config(), Replace::Nothing).expect("an empty place");
    run.step(&mut training).expect("a step");
    run.step(&mut training).expect("a step");
    run.finish(&training).expect("room for a model");

    let left = SavedRun::open(directory.path()).expect("a run").records().expect("records");
    assert!(left.iter().all(|record| record.projections().is_some()));
    // Those on the way are of the same step, and lighter.
    let kept = read_records(&directory.path().join("records/step_000002.safetensors")).expect("records");
    let lighter: Vec<_> = left.into_iter().map(AttentionRecord::without_projections).collect();
    assert_eq!(kept, lighter);
}

/// The largest difference between the record's weights and softmax(mask(Q Kᵀ / √d_head + bias)), in float64.
fn error_of_equation(record: &AttentionRecord) -> f64 {
    let [layers, heads, queries, keys] = record.shape();
    let mask = record.mask().expect("a task's mask");
    let mut largest: f64 = 0.0;
    for (layer, head) in (0..layers).flat_map(|layer| (0..heads).map(move |head| (layer, head))) {
        let of = record.head_projections(layer, head).expect("what the weights came from");
        for at in 0..queries {
            let query = &of.query[at * of.d_head..][..of.d_head];
            let exp = (0..keys).map(|key| {
                let cell = at * keys + key;
                let dot: f64 = query
                    .iter()
                    .zip(&of.key[key * of.d_head..])
                    .map(|(query, key)| f64::from(*query) * f64::from(*key))
                    .sum();
                let bias = of.bias.map_or(0.0, |bias| f64::from(bias[cell]));
                let score = dot / (of.d_head as f64).sqrt() + bias;
                if mask[cell] == MaskCell::Visible { score.exp() } else { 0.0 }
            });
            let exp: Vec<f64> = exp.collect();
            let sum: f64 = exp.iter().sum();
            for (exp, weight) in exp.iter().zip(record.row(layer, head, at)) {
                largest = largest.max((exp / sum - f64::from(*weight)).abs());
            }
        }
    }
    largest
}
