//! Activation patching: what of one example, put into the pass of another, brings the first one's answer back.

mod findings;
mod metric;
mod one_token;
mod pairs;
mod role;

use burn::tensor::Tensor;
use headlight_model::{At, AttentionKind, Head, Intervention, Site, Stack, Trace, Traceable};
use headlight_record::Origin;

pub use metric::Metric;
pub use one_token::pairs_of_one_token;
pub use pairs::{Pair, PairBatch, Pairs};
pub use role::Role;

use crate::LensError;
use crate::examples::ExampleBatch;
use crate::names::kinds;
use crate::sites::value;

/// A metric has changed if it has by more than this; less is rounding.
const CHANGE: f64 = 1e-4;

fn is_change(difference: f64) -> bool {
    difference.abs() > CHANGE
}

/// What patching single places does to a metric.
#[derive(Clone, Debug)]
pub struct Patching {
    /// What is measured.
    pub metric: Metric,
    /// Every site, in the order of the pass: of each stack the stream before each layer, heads and feed-forward layers.
    pub sites: Vec<Patched>,
    /// The metric of each pair's clean pass.
    pub clean: Vec<f64>,
    /// The metric of each pair's corrupt pass.
    pub corrupt: Vec<f64>,
    /// Which pairs the means are over: those of which the model answers both rightly where the answers differ, and whose metric differs
    /// by more than rounding. A single pair always is.
    pub counted: Vec<bool>,
    /// How many pairs are answered rightly, and yet not counted: their metric is as good as the same.
    pub alike: usize,
    /// Whether the model answers both of some pair rightly; else a single pair's effect is a share of a difference that means little.
    pub is_right: bool,
    output: Stack,
    kinds: Vec<AttentionKind>,
    pairs: Vec<Pair>,
    vocabulary: Vec<String>,
    seed: u64,
    origin: Origin,
}

/// One site, patched at one position after the other.
#[derive(Clone, Debug)]
pub struct Patched {
    /// What is patched.
    pub site: Site,
    /// The metric of each pair at each position: `[position][pair]`.
    pub metric: Vec<Vec<f64>>,
}

/// Puts the clean pass's values into the corrupt pass, one site and position at a time: the restoring of Meng et al.,
/// [2022](https://arxiv.org/abs/2202.05262), and the indirect effect of Vig et al., [2020](https://arxiv.org/abs/2004.12265).
///
/// # Errors
///
/// When the metric is the same for clean and corrupt, or the model answers no pair rightly.
pub fn patch<M: Traceable + ?Sized>(model: &M, pairs: &Pairs<M::Input>, metric: Metric) -> Result<Patching, LensError> {
    let sites = sites(model);
    let (mut clean, mut corrupt, mut counted) = (Vec::new(), Vec::new(), Vec::new());
    let mut patches: Vec<Patched> = sites.iter().map(|site| Patched { site: *site, metric: Vec::new() }).collect();
    for batch in &pairs.batches {
        let from = model.trace(&batch.clean.input, &[]);
        clean.extend(metric.of(&from.logits, &batch.pairs));
        let into = model.trace(&batch.corrupt.input, &[]).logits;
        corrupt.extend(metric.of(&into, &batch.pairs));
        counted.extend(metric::told_apart(&from.logits, &into, &batch.pairs));
        for Patched { site, metric: found } in &mut patches {
            let [_, positions, _] = value(&from, *site).dims();
            found.resize(positions, Vec::new());
            for (position, found) in found.iter_mut().enumerate() {
                let patch = (*site, At::Positions(vec![position]));
                found.extend(metric.of(&patched(model, &batch.corrupt, &from, &[patch]), &batch.pairs));
            }
        }
    }
    let is_right = counted.contains(&true);
    let mut alike = 0;
    for ((clean, corrupt), counted) in clean.iter().zip(&corrupt).zip(&mut counted) {
        if *counted && !is_change(clean - corrupt) {
            (*counted, alike) = (false, alike + 1);
        }
    }
    if let ([clean], [corrupt]) = (&clean[..], &corrupt[..]) {
        counted = vec![is_change(clean - corrupt)];
        if !counted[0] {
            return Err(LensError::NotToldApart);
        }
    }
    if !counted.contains(&true) && alike > 0 {
        return Err(LensError::NotToldApart);
    }
    if !counted.contains(&true) {
        return Err(LensError::NoRightPair { pairs: counted.len() });
    }
    Ok(Patching {
        metric,
        sites: patches,
        clean,
        corrupt,
        counted,
        alike,
        is_right,
        output: model.output_stack(),
        kinds: kinds(model),
        pairs: pairs.iter().cloned().collect(),
        vocabulary: pairs.vocabulary.clone(),
        seed: pairs.seed,
        origin: pairs.origin.clone(),
    })
}

/// The logits of a pass over `batch` in which some values are those that another pass had in the same place.
///
/// # Shapes
///
/// - logits: `[batch_size, seq_length, vocab_size]`
///
/// # Panics
///
/// When the other pass had other shapes, or has no such site.
pub fn patched<M: Traceable + ?Sized>(
    model: &M,
    batch: &ExampleBatch<M::Input>,
    from: &Trace,
    patches: &[(Site, At)],
) -> Tensor<3> {
    let replaced = patches.iter().map(|(site, at)| {
        let value = value(from, *site);
        let value = match at {
            At::Everywhere => value,
            At::Positions(positions) => {
                let of_position = |position: &usize| value.clone().narrow(1, *position, 1);
                Tensor::cat(positions.iter().map(of_position).collect(), 1)
            }
        };
        Intervention::Replace { site: *site, at: at.clone(), value }
    });
    model.trace(&batch.input, &replaced.collect::<Vec<_>>()).logits
}

/// Every place that can be patched. The stream that the output layer's norm reads is left out: at the answer's position it is all that
/// there is, and elsewhere nothing.
fn sites<M: Traceable + ?Sized>(model: &M) -> Vec<Site> {
    let mut sites = Vec::new();
    for stack in [Stack::Encoder, Stack::Decoder] {
        let n_layers = model.n_layers(stack.self_attention());
        let streams = match n_layers {
            0 => 0, // the model has no such stack
            _ if stack == model.output_stack() => n_layers,
            _ => n_layers + 1,
        };
        sites.extend((0..streams).map(|layer| Site::Stream(stack, layer)));
        let kinds = match stack {
            Stack::Encoder => &[AttentionKind::EncoderSelf][..],
            Stack::Decoder => &[AttentionKind::DecoderSelf, AttentionKind::Cross],
        };
        for kind in kinds {
            for layer in 0..model.n_layers(*kind) {
                let heads = 0..model.n_heads(*kind);
                sites.extend(heads.map(|head| Site::Context(Head { kind: *kind, layer, head })));
            }
        }
        sites.extend((0..n_layers).map(|layer| Site::FeedForward(stack, layer)));
    }
    sites
}

impl Patching {
    /// (patched − corrupt) / (clean − corrupt) of one pair: 0 where the patch does nothing, 1 where it does all that there is to do. Means
    /// over pairs are means of these ratios, so that every pair counts alike, however far apart its two answers are; pairs without a
    /// difference to bring back are not counted.
    pub fn effect(&self, patched: &Patched, position: usize, pair: usize) -> f64 {
        (patched.metric[position][pair] - self.corrupt[pair]) / (self.clean[pair] - self.corrupt[pair])
    }

    /// The sum of one pair's effects over the positions of a role.
    pub fn effect_of_role(&self, patched: &Patched, role: Role, pair: usize) -> f64 {
        let has_role = |position: &usize| Role::of(&self.pairs[pair], patched.site, *position, self.output) == role;
        let positions = (0..patched.metric.len()).filter(has_role);
        positions.map(|position| self.effect(patched, position, pair)).sum()
    }
}
