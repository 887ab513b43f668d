//! One example's rows as heatmaps, all on the scale of weights.

use headlight_model::{AttentionKind, Head, Stack, Trace, Traceable};
use headlight_record::findings::{Axis, Chart, Grid, Scale};

use super::measures::of_kind;
use super::network::{Network, Residual, Shares};
use super::weights::{ValueWeighted, Weights};
use crate::examples::Example;

/// Of more outputs than this, attention flow is not drawn: it is a maximum flow for each output and each input.
pub(super) const MOST_POSITIONS: usize = 64;

/// For each kind of attention: α and ‖α f(x)‖ of every head and of the layers, and rollout and flow. Of the first sequence of a batch.
pub(super) fn of_example<M: Traceable + ?Sized>(
    model: &M,
    trace: &Trace,
    example: &Example,
    vocabulary: &[String],
) -> Vec<Chart> {
    let named = |title: &str, tokens: &[usize]| {
        let labels = tokens.iter().map(|token| vocabulary[*token].clone()).collect();
        Axis { title: title.to_string(), labels }
    };
    let kinds = AttentionKind::ALL.into_iter().filter(|kind| !trace.attention(*kind).is_empty());
    let of_kind = |kind: AttentionKind| {
        let grid = |name: &str, title: &str, quantity: &str, panels: Vec<(String, Vec<f64>)>| {
            Chart::Grid(Grid {
                name: format!("{}_{name}", kind.name()),
                title: format!("{}: {title}, one example", kind.title()),
                quantity: quantity.to_string(),
                scale: Scale::Share,
                down: named("query", example.queries(kind)),
                across: named("key", example.keys(kind)),
                panels,
            })
        };
        let [attention, weighted] = heads(model, trace, kind);
        [
            grid("attention", "attention weights", "weight", attention),
            grid("value_weighted", "attention weights times what they carry", "share of the row's ‖α f(x)‖", weighted),
            grid("flow", "what comes through all layers", "share of what comes out", through(trace, kind)),
        ]
    };
    kinds.flat_map(of_kind).collect()
}

/// Panels of every head, and of each layer: the mean of its heads, and the length of the sum of what they send.
fn heads<M: Traceable + ?Sized>(model: &M, trace: &Trace, kind: AttentionKind) -> [Vec<(String, Vec<f64>)>; 2] {
    let (mut attention, mut weighted) = (Vec::new(), Vec::new());
    for (layer, of_layer) in trace.attention(kind).into_iter().enumerate() {
        let ValueWeighted { heads, sum } = ValueWeighted::new(model, of_layer, kind, layer, 0);
        for (head, of_head) in heads.into_iter().enumerate() {
            let name = Head { kind, layer, head }.short();
            attention.push((name.clone(), Weights::of_head(of_layer, 0, head).values().to_vec()));
            weighted.push((name, of_head.normalised().values().to_vec()));
        }
        attention.push((format!("L{layer} mean"), Weights::mean_of_heads(of_layer, 0).values().to_vec()));
        weighted.push((format!("L{layer} sum"), sum.normalised().values().to_vec()));
    }
    [attention, weighted]
}

/// Panels of rollout and flow, with and without the residual connection.
fn through(trace: &Trace, kind: AttentionKind) -> Vec<(String, Vec<f64>)> {
    let stack = if kind == AttentionKind::EncoderSelf { Stack::Encoder } else { Stack::Decoder };
    let rows = |shares: Vec<Shares>| shares.iter().flat_map(|shares| of_kind(kind, shares).to_vec()).collect();
    let panels =
        [(Residual::Half, ""), (Residual::Ignored, ", no residual")].into_iter().flat_map(|(residual, words)| {
            let network = Network::new(trace, stack, 0, residual);
            let rollout = network.rollout();
            let flow = (rollout.len() <= MOST_POSITIONS).then(|| network.flow(0..rollout.len()));
            let flow = flow.map(|flow| (format!("flow{words}"), rows(flow)));
            [(format!("rollout{words}"), rows(rollout))].into_iter().chain(flow)
        });
    panels.collect()
}
