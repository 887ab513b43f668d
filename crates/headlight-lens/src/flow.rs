//! What reaches an output by way of attention, and how much of it: attention followed through the layers, and weighted by what it carries.

mod charts;
mod measures;
mod network;
mod weights;

use headlight_model::{AttentionKind, Head, Traceable};
use headlight_record::Findings;
use headlight_record::findings::{Cell, Column, HeadFinding, Score, Table};

pub use self::network::{Network, Residual, Shares};
pub use self::weights::{ValueWeighted, Weights};

use self::measures::{Measure, Measured, measured};
use crate::bootstrap::Bootstrap;
use crate::examples::Examples;
use crate::partners::{commonest_shape, shape};

/// Attention rollout and attention flow, with and without the residual connection, and value-weighted attention: heatmaps of the first
/// example of the commonest shape, and, where the task says which keys a query needs, the share that each gives to these, over all examples.
///
/// # Panics
///
/// When there is no example.
pub fn flow<M: Traceable + ?Sized>(model: &M, examples: &Examples<M::Input>) -> Findings {
    let mut found: Vec<Measured> = Vec::new();
    let mut charts = Vec::new();
    let pictured = commonest_shape(examples);
    for batch in &examples.batches {
        let trace = model.trace(&batch.input, &[]);
        if charts.is_empty() && shape(&batch.examples[0]) == pictured {
            charts = charts::of_example(model, &trace, &batch.examples[0], &examples.vocabulary);
        }
        let rows = batch.examples.iter().enumerate();
        found.extend(rows.map(|(sequence, example)| measured(model, &trace, example, sequence)));
    }
    let bootstrap = Bootstrap::new(found.len(), examples.seed);
    let estimate = |measure: Measure| {
        let values: Vec<Option<f64>> = found.iter().map(|of_example| of_example.get(&measure).copied()).collect();
        bootstrap.estimate_known(&values)
    };
    let mut measures: Vec<Measure> = found.iter().flat_map(|of_example| of_example.keys().copied()).collect();
    measures.sort_by_key(|measure| (measure.kind(), *measure));
    measures.dedup();
    let rows = measures
        .iter()
        .map(|measure| vec![Cell::from(measure.kind().title()), measure.to_string().into(), estimate(*measure).into()]);
    let of_heads = measures.iter().filter_map(|measure| measure.head());
    let mut heads: Vec<Head> = of_heads.collect();
    heads.dedup();
    let head_finding = |head: Head| {
        let named = [("attention", Measure::Attention(head)), ("value_weighted", Measure::ValueWeighted(head))];
        let scores = named.into_iter().filter_map(|(name, measure)| Some((name.to_string(), estimate(measure)?)));
        HeadFinding { head, roles: Vec::new(), scores: scores.collect() }
    };
    let table = Table {
        title: "which of them points at the keys that the task needs?".to_string(),
        columns: vec![
            Column::new("attention", "attention"),
            Column::new("measure", "measure"),
            Column::new("needed", "share on needed keys"),
        ],
        rows: rows.collect(),
    };
    let score = |name: &str, title: &str| Score { name: name.to_string(), title: title.to_string() };
    Findings {
        lens: "flow".to_string(),
        origin: examples.origin.clone(),
        examples: found.len(),
        seed: examples.seed,
        scores: vec![
            score("attention", "attention on needed keys"),
            score("value_weighted", "value-weighted attention on needed keys"),
        ],
        heads: heads.into_iter().map(head_finding).collect(),
        tables: if measures.is_empty() { Vec::new() } else { vec![table] },
        charts,
        notes: notes(model, measures.is_empty(), pictured),
        ..Findings::default()
    }
}

/// What the figures mean, and what they leave out.
fn notes<M: Traceable + ?Sized>(model: &M, nothing_is_needed: bool, pictured: [usize; 4]) -> Vec<String> {
    let [source, target, ..] = pictured;
    let is_long = source.max(target) > charts::MOST_POSITIONS;
    let has_both = model.n_layers(AttentionKind::Cross) > 0;
    let parts = [
        (nothing_is_needed, "nothing says which keys are needed, so there is no table"),
        (is_long, "the example is longer than 64 tokens, so rollout is drawn and flow is not"),
        (true, "every row is divided by its sum; 'uniform' is the same weight on every visible key"),
        (
            true,
            "rollout and flow take each attention as the mean of its heads, and feed-forward layers as the identity",
        ),
        (has_both, "encoder and decoder are one network: a target's row is shared by its own tokens and the source's"),
    ];
    parts.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note.to_string()).collect()
}
