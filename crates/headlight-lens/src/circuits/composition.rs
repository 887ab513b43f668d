//! How much one head reads of what another writes.

use headlight_model::{AttentionKind, Head, Traceable, keyed_generator};
use nalgebra::DMatrix;
use rand_distr::{Distribution, StandardNormal};

use super::factors::Factors;
use crate::names::heads;
use crate::sites::{keys_of, queries_of};

/// Random pairs of heads behind a baseline.
const DRAWS: usize = 100;
/// Tells these random numbers from those of other purposes that have the same seed.
const PURPOSE: u64 = 0xc0_4b05e;

/// ‖W_A W_B‖_F / (‖W_A‖_F ‖W_B‖_F) of two heads, minus what random matrices have (Elhage et al.,
/// [2021](https://transformer-circuits.pub/2021/framework/index.html), "Three kinds of composition").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Composition {
    /// The head that writes.
    pub from: Head,
    /// The head that reads.
    pub to: Head,
    /// Into its queries: W_A = W_V W_O of the first, W_B = W_Q W_Kᵀ of the second. `None` where the first does not write what the
    /// queries are made of.
    pub query: Option<f64>,
    /// Into its keys: W_B = W_K W_Qᵀ.
    pub key: Option<f64>,
    /// Into its values: W_B = W_V W_O.
    pub value: Option<f64>,
    /// What was subtracted.
    pub baseline: RandomBaseline,
}

/// The same of matrices of the same shapes whose numbers are drawn from a normal distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomBaseline {
    /// Over the draws.
    pub mean: f64,
    /// Standard deviation over the draws: how far from the mean one random pair of heads is.
    pub spread: f64,
}

/// Every pair of heads of which the second reads what the first writes.
pub fn compositions<M: Traceable + ?Sized>(model: &M, seed: u64) -> Vec<Composition> {
    let heads = heads(model);
    let pairs = heads.iter().flat_map(|to| heads.iter().map(move |from| (*from, *to)));
    let mut baselines: Vec<([usize; 3], RandomBaseline)> = Vec::new();
    let found = pairs.filter_map(|(from, to)| {
        let is_before = (from.layer, from.kind == AttentionKind::Cross) < (to.layer, to.kind == AttentionKind::Cross);
        let writes_to = queries_of(from.kind);
        let into_queries = writes_to == queries_of(to.kind) && is_before;
        // Cross attention reads what the whole encoder has written.
        let into_keys = writes_to == keys_of(to.kind) && (is_before || to.kind == AttentionKind::Cross);
        if !into_queries && !into_keys {
            return None;
        }
        let (writer, reader) = (Factors::new(model, from, None), Factors::new(model, to, Some(from)));
        let shapes = [writer.value.nrows(), writer.value.ncols(), reader.query.ncols()];
        let baseline = match baselines.iter().find(|(known, _)| *known == shapes) {
            Some((_, baseline)) => *baseline,
            None => {
                let baseline = random_baseline(shapes, seed);
                baselines.push((shapes, baseline));
                baseline
            }
        };
        let into = |read: &DMatrix<f64>, other: &DMatrix<f64>| {
            ratio(&writer.value, &writer.output, read, other) - baseline.mean
        };
        let [query, key, value] = [&reader.query, &reader.key, &reader.value];
        Some(Composition {
            from,
            to,
            query: into_queries.then(|| into(query, key)),
            key: into_keys.then(|| into(key, query)),
            value: into_keys.then(|| into(value, &reader.output.transpose())),
            baseline,
        })
    });
    found.collect()
}

/// ‖W_V W_O A Bᵀ‖_F / (‖W_V W_O‖_F ‖A Bᵀ‖_F), never larger than `[d_model, d_head]`: ‖L Rᵀ‖_F² = Σ (Lᵀ L) ∘ (Rᵀ R).
///
/// # Shapes
///
/// - value, read, other: `[d_model, d_head]`
/// - output: `[d_head, d_model]`
fn ratio(value: &DMatrix<f64>, output: &DMatrix<f64>, read: &DMatrix<f64>, other: &DMatrix<f64>) -> f64 {
    let norm = |left: &DMatrix<f64>, right: &DMatrix<f64>| left.tr_mul(left).dot(&right.tr_mul(right)).max(0.0).sqrt();
    let both = norm(value, &output.transpose()) * norm(read, other);
    if both > 0.0 { norm(&(value * (output * read)), other) / both } else { 0.0 }
}

fn random_baseline([d_model, writer, reader]: [usize; 3], seed: u64) -> RandomBaseline {
    let mut generator = keyed_generator([seed, PURPOSE, d_model as u64, (writer * d_model + reader) as u64]);
    let mut random = |rows, columns| DMatrix::from_fn(rows, columns, |_, _| StandardNormal.sample(&mut generator));
    let mut draw = |_| {
        let (value, output) = (random(d_model, writer), random(writer, d_model));
        ratio(&value, &output, &random(d_model, reader), &random(d_model, reader))
    };
    let drawn: Vec<f64> = (0..DRAWS).map(&mut draw).collect();
    let mean = drawn.iter().sum::<f64>() / DRAWS as f64;
    let variance = drawn.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (DRAWS - 1) as f64;
    RandomBaseline { mean, spread: variance.sqrt() }
}
