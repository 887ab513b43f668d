use std::collections::BTreeMap;

use headlight_model::{AttentionKind, Head, Intervention, NewWeights, Traceable};

use crate::names::{heads, kinds};

/// Which keys each query of a batch sees, attention by attention.
pub(crate) struct Visible(BTreeMap<(AttentionKind, usize), Vec<Vec<usize>>>);

impl Visible {
    /// The keys that have some weight where all visible ones have the same: a weight that a model computes may be 0 of itself.
    pub(crate) fn of<M: Traceable + ?Sized>(model: &M, input: &M::Input) -> Self {
        let uniform = |head: Head| Intervention::Weights { head, weights: NewWeights::Uniform };
        let trace = model.trace(input, &heads(model).into_iter().map(uniform).collect::<Vec<_>>());
        let of_attention = |kind: AttentionKind| {
            let attentions = trace.attention(kind).into_iter().enumerate();
            let attentions = attentions.map(move |(layer, attention)| {
                let [_, _, queries, keys] = attention.weights.dims();
                // The batch has one shape and no padding, so that every example's mask is the first one's.
                let first: Vec<f32> = attention.weights.clone().slice([0..1, 0..1]).into_data().iter().collect();
                let row = |query: usize| (0..keys).filter(|key| first[query * keys + key] > 0.0).collect();
                ((kind, layer), (0..queries).map(row).collect())
            });
            attentions.collect::<Vec<_>>()
        };
        Self(kinds(model).into_iter().flat_map(of_attention).collect())
    }

    /// For each query the keys that it sees.
    pub(crate) fn rows(&self, kind: AttentionKind, layer: usize) -> &[Vec<usize>] {
        &self.0[&(kind, layer)]
    }
}
