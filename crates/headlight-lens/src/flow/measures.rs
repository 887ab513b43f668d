//! How much of a query's row is on the keys that its task needs, by each way of making the row.

use std::collections::BTreeMap;
use std::fmt;

use headlight_model::{AttentionKind, Head, Stack, Trace, Traceable};

use super::network::{Network, Residual, Shares};
use super::weights::{ValueWeighted, Weights};
use crate::examples::Example;

/// A way of giving each query a row of weights over its keys. The order is that of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Measure {
    Uniform(AttentionKind),
    Attention(Head),
    ValueWeighted(Head),
    MeanAttention(AttentionKind, usize),
    LayerSum(AttentionKind, usize),
    Rollout(AttentionKind),
    RolloutIgnored(AttentionKind),
    Flow(AttentionKind),
    FlowIgnored(AttentionKind),
}

/// For one example, the share on needed keys: the mean over the queries that need any.
pub(super) type Measured = BTreeMap<Measure, f64>;

pub(super) fn measured<M: Traceable + ?Sized>(
    model: &M,
    trace: &Trace,
    example: &Example,
    sequence: usize,
) -> Measured {
    let mut found = Measured::new();
    for (kind, needed) in &example.needed {
        let kind = *kind;
        let asked: Vec<usize> = (0..needed.len()).filter(|query| !needed[*query].is_empty()).collect();
        if asked.is_empty() {
            continue;
        }
        let share = |row: &dyn Fn(usize) -> Vec<f64>| {
            let of_query = |query: &usize| {
                let row = row(*query);
                needed[*query].iter().map(|key| row[*key]).sum::<f64>()
            };
            asked.iter().map(of_query).sum::<f64>() / asked.len() as f64
        };
        let of_weights = |weights: Weights| {
            let weights = weights.normalised();
            share(&|query| weights.row(query).to_vec())
        };
        let keys = example.keys(kind).len();
        found.insert(Measure::Uniform(kind), share(&|query| uniform(kind, query, keys)));
        for (layer, attention) in trace.attention(kind).into_iter().enumerate() {
            let ValueWeighted { heads, sum } = ValueWeighted::new(model, attention, kind, layer, sequence);
            for (head, weighted) in heads.into_iter().enumerate() {
                let name = Head { kind, layer, head };
                found.insert(Measure::Attention(name), of_weights(Weights::of_head(attention, sequence, head)));
                found.insert(Measure::ValueWeighted(name), of_weights(weighted));
            }
            let mean = Weights::mean_of_heads(attention, sequence);
            found.insert(Measure::MeanAttention(kind, layer), of_weights(mean));
            found.insert(Measure::LayerSum(kind, layer), of_weights(sum));
        }
        let stack = if kind == AttentionKind::EncoderSelf { Stack::Encoder } else { Stack::Decoder };
        for residual in [Residual::Half, Residual::Ignored] {
            let network = Network::new(trace, stack, sequence, residual);
            let [rollout, flow] = match residual {
                Residual::Half => [Measure::Rollout(kind), Measure::Flow(kind)],
                Residual::Ignored => [Measure::RolloutIgnored(kind), Measure::FlowIgnored(kind)],
            };
            let rolled = network.rollout();
            found.insert(rollout, share(&|query| normalised(of_kind(kind, &rolled[query]))));
            let flowed: BTreeMap<usize, Shares> =
                asked.iter().copied().zip(network.flow(asked.iter().copied())).collect();
            found.insert(flow, share(&|query| normalised(of_kind(kind, &flowed[&query]))));
        }
    }
    found
}

/// The part of an output's shares that belongs to the keys of a kind of attention.
pub(super) fn of_kind(kind: AttentionKind, shares: &Shares) -> &[f64] {
    match kind {
        AttentionKind::Cross => &shares.source,
        AttentionKind::EncoderSelf | AttentionKind::DecoderSelf => &shares.own,
    }
}

/// Divided by its sum: of a target's row, the part of one of the two inputs.
fn normalised(row: &[f64]) -> Vec<f64> {
    let sum: f64 = row.iter().sum();
    row.iter().map(|share| if sum > 0.0 { share / sum } else { 0.0 }).collect()
}

/// The same weight on every visible key.
fn uniform(kind: AttentionKind, query: usize, keys: usize) -> Vec<f64> {
    let visible = if kind == AttentionKind::DecoderSelf { query + 1 } else { keys };
    (0..keys).map(|key| if key < visible { 1.0 / visible as f64 } else { 0.0 }).collect()
}

impl Measure {
    pub(super) fn kind(self) -> AttentionKind {
        match self {
            Self::Attention(head) | Self::ValueWeighted(head) => head.kind,
            Self::MeanAttention(kind, _)
            | Self::LayerSum(kind, _)
            | Self::Uniform(kind)
            | Self::Rollout(kind)
            | Self::RolloutIgnored(kind)
            | Self::Flow(kind)
            | Self::FlowIgnored(kind) => kind,
        }
    }

    /// Whose, where it is one head's.
    pub(super) fn head(self) -> Option<Head> {
        match self {
            Self::Attention(head) => Some(head),
            _ => None,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform(_) => f.write_str("uniform"),
            Self::Attention(head) => write!(f, "{} attention", head.short()),
            Self::ValueWeighted(head) => write!(f, "{} value-weighted", head.short()),
            Self::MeanAttention(_, layer) => write!(f, "layer {layer}, mean attention"),
            Self::LayerSum(_, layer) => write!(f, "layer {layer}, value-weighted"),
            Self::Rollout(_) => f.write_str("rollout"),
            Self::RolloutIgnored(_) => f.write_str("rollout, no residual"),
            Self::Flow(_) => f.write_str("flow"),
            Self::FlowIgnored(_) => f.write_str("flow, no residual"),
        }
    }
}
