use std::collections::BTreeMap;

use burn::tensor::{Int, Tensor, TensorData};
use headlight_model::{At, AttentionKind, Head, Intervention, NewWeights, Trace, Traceable, keyed_generator};
use headlight_record::findings::Counted;
use rand::seq::SliceRandom;

use crate::examples::ExampleBatch;
use crate::names::{heads, kinds};
use crate::outcome::{Outcome, outcomes};
use crate::partners::Partners;
use crate::visible::Visible;

/// Tells these random numbers from those of other purposes that have the same seed.
const PURPOSE: u64 = 0xe4b1;
/// How many permutations an example's figures are means over.
pub(super) const PERMUTATIONS: usize = 10;

/// What attention weights become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The same weight for every visible key.
    Uniform,
    /// Each row's weights, on other visible keys.
    Permuted,
    /// Those of another example.
    Frozen,
}

impl Change {
    pub(super) const ALL: [Self; 3] = [Self::Uniform, Self::Permuted, Self::Frozen];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Permuted => "permuted",
            Self::Frozen => "frozen",
        }
    }
}

/// Whose weights are changed.
#[derive(Clone, Debug)]
pub(super) struct Aim {
    pub(super) name: String,
    heads: Vec<Head>,
}

impl Aim {
    /// All heads together, then those of each kind of attention and of each layer, where there are several.
    pub(super) fn all<M: Traceable + ?Sized>(model: &M) -> Vec<Self> {
        let all = heads(model);
        let kinds = kinds(model);
        let mut aims = vec![Self { name: "all heads".to_string(), heads: all.clone() }];
        for kind in &kinds {
            let of_kind: Vec<Head> = all.iter().copied().filter(|head| head.kind == *kind).collect();
            let prefix = if kinds.len() > 1 { format!("{kind}, ") } else { String::new() };
            if kinds.len() > 1 {
                aims.push(Self { name: kind.to_string(), heads: of_kind.clone() });
            }
            if model.n_layers(*kind) > 1 {
                aims.extend((0..model.n_layers(*kind)).map(|layer| Self {
                    name: format!("{prefix}layer {layer}"),
                    heads: of_kind.iter().copied().filter(|head| head.layer == layer).collect(),
                }));
            }
        }
        aims
    }
}

/// What a change does to each example: to the share of right answers, and to the loss.
pub(super) type Effect = [Vec<f64>; 2];

/// Changes a model's attention weights.
pub(super) struct Changer<'a, M: Traceable + ?Sized> {
    model: &'a M,
    batches: &'a [&'a ExampleBatch<M::Input>],
    partners: &'a Partners,
    visible: &'a [Visible],
    /// The weights of each attention of the unchanged model, for each shape: `[examples, n_heads, queries, keys]`.
    weights: BTreeMap<(AttentionKind, usize), Vec<Tensor<4>>>,
    counted: Counted,
    seed: u64,
}

impl<'a, M: Traceable + ?Sized> Changer<'a, M> {
    pub(super) fn new(
        model: &'a M,
        batches: &'a [&'a ExampleBatch<M::Input>],
        traces: &[Trace],
        partners: &'a Partners,
        visible: &'a [Visible],
        counted: Counted,
        seed: u64,
    ) -> Self {
        let attentions =
            kinds(model).into_iter().flat_map(|kind| (0..model.n_layers(kind)).map(move |layer| (kind, layer)));
        let weights = attentions.map(|(kind, layer)| {
            let of_batch = |batch: usize| traces[batch].attention(kind)[layer].weights.clone();
            ((kind, layer), partners.by_shape(of_batch))
        });
        Self { model, batches, partners, visible, weights: weights.collect(), counted, seed }
    }

    pub(super) fn effect(&self, aim: &Aim, change: Change, unchanged: &[Outcome]) -> Effect {
        let draws = if change == Change::Permuted { PERMUTATIONS } else { 1 };
        let mut effect = [0, 1].map(|_| vec![0.0; unchanged.len()]);
        for draw in 0..draws {
            let found = self
                .batches
                .iter()
                .enumerate()
                .flat_map(|(at, batch)| outcomes(self.model, batch, &self.edits(aim, change, at, draw)));
            for (at, (before, after)) in unchanged.iter().zip(found).enumerate() {
                effect[0][at] += (after.right(self.counted) - before.right(self.counted)) / draws as f64;
                effect[1][at] += (after.loss - before.loss) / draws as f64;
            }
        }
        effect
    }

    fn edits(&self, aim: &Aim, change: Change, batch: usize, draw: usize) -> Vec<Intervention> {
        let new = |head: &Head| match change {
            Change::Uniform => NewWeights::Uniform,
            Change::Permuted => NewWeights::Permuted(self.order(*head, batch, draw)),
            Change::Frozen => {
                let rows = self.batches[batch].examples.len();
                let weights = self.partners.of_partners(&self.weights[&(head.kind, head.layer)], batch, rows);
                let weights = weights.narrow(1, head.head, 1).squeeze_dim(1); // [batch_size, queries, keys]
                NewWeights::Given { at: At::Everywhere, weights }
            }
        };
        aim.heads.iter().map(|head| Intervention::Weights { head: *head, weights: new(head) }).collect()
    }

    /// Visible keys in a random order, row by row; the others stay where they are. `[queries, keys]`
    fn order(&self, head: Head, batch: usize, draw: usize) -> Tensor<2, Int> {
        let site = ((head.kind as u64) << 32) + ((head.layer as u64) << 16) + head.head as u64;
        let mut generator = keyed_generator([self.seed, PURPOSE, site, (batch * PERMUTATIONS + draw) as u64]);
        let by_shape = &self.weights[&(head.kind, head.layer)];
        let [_, _, queries, keys] = self.partners.of_partners(by_shape, batch, 1).dims();
        let mut order: Vec<i64> = (0..queries).flat_map(|_| 0..keys as i64).collect();
        for (row, seen) in order.chunks_mut(keys).zip(self.visible[batch].rows(head.kind, head.layer)) {
            let mut shuffled = seen.clone();
            shuffled.shuffle(&mut generator);
            seen.iter().zip(shuffled).for_each(|(key, from)| row[*key] = from as i64);
        }
        Tensor::from_data(TensorData::new(order, [queries, keys]), &by_shape[0].device())
    }
}
