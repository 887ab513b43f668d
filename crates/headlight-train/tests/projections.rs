//! What a run's weights came from: the equation gives the record's weights again, for every kind of attention and positions.

mod setup;

use headlight_model::Architecture;
use headlight_model::Positions::{Alibi, Learned, None, Rotary, Sinusoidal};
use headlight_record::{AttentionKind, AttentionRecord, MaskCell};
use headlight_train::tasks;
use setup::Setup;

#[test]
fn the_equation_gives_the_weights_of_every_run() {
    let mut kinds = Vec::new();
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for positions in [None, Sinusoidal, Learned, Rotary, Alibi] {
            if positions == Alibi && architecture == Architecture::EncoderDecoder {
                continue; // there is no such model
            }
            let mut config = Setup::new(&tasks::copy::SPEC, architecture);
            (config.task.length, config.task.symbols, config.model.positions) = (5, 6, positions);
            (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 2, 32);
            let mut training = config.start();
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
