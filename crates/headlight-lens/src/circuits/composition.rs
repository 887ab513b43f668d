//! How much one head reads of what another writes.

use headlight_model::{AttentionKind, Head, NormPlacement, Traceable, keyed_generator};
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
    let writers: Vec<Writer> = heads.iter().map(|head| Writer::new(&Factors::new(model, *head, None))).collect();
    let mut baselines: Vec<([usize; 3], RandomBaseline)> = Vec::new();
    let mut found = Vec::new();
    for to in &heads {
        let mut readers: Vec<(Option<Through>, Reader)> = Vec::new();
        for (from, writer) in heads.iter().zip(&writers) {
            let is_before =
                (from.layer, from.kind == AttentionKind::Cross) < (to.layer, to.kind == AttentionKind::Cross);
            let writes_to = queries_of(from.kind);
            let into_queries = writes_to == queries_of(to.kind) && is_before;
            // Cross attention reads what the whole encoder has written.
            let into_keys = writes_to == keys_of(to.kind) && (is_before || to.kind == AttentionKind::Cross);
            if !into_queries && !into_keys {
                continue;
            }
            // In a pre-norm model, a head reads all that others write through one norm; in a post-norm model, through all norms since.
            let through = (model.norm_placement() == NormPlacement::Post).then_some((from.kind, from.layer));
            let at = readers.iter().position(|(known, _)| *known == through).unwrap_or_else(|| {
                readers.push((through, Reader::new(Factors::new(model, *to, Some(*from)))));
                readers.len() - 1
            });
            let reader = &readers[at].1;
            let shapes = [writer.output.ncols(), writer.output.nrows(), reader.query.matrix.ncols()];
            let baseline = match baselines.iter().find(|(known, _)| *known == shapes) {
                Some((_, baseline)) => *baseline,
                None => {
                    let baseline = random_baseline(shapes, seed);
                    baselines.push((shapes, baseline));
                    baseline
                }
            };
            let into = |read: &Read, other: &DMatrix<f64>| ratio(writer, read, other) - baseline.mean;
            let Reader { query, key, value, output } = reader;
            found.push(Composition {
                from: *from,
                to: *to,
                query: into_queries.then(|| into(query, &key.gram)),
                key: into_keys.then(|| into(key, &query.gram)),
                value: into_keys.then(|| into(value, output)),
                baseline,
            });
        }
    }
    found
}

/// Whose norms what is read has gone through.
type Through = (AttentionKind, usize);

/// W_V W_O of a head, as far as a composition needs it: products with another head then cost `[d_head, d_head]` where `[d_model, d_head]`
/// would have to be multiplied for each pair.
struct Writer {
    /// W_O, `[d_head, d_model]`.
    output: DMatrix<f64>,
    /// W_Vᵀ W_V, `[d_head, d_head]`.
    value_gram: DMatrix<f64>,
    /// ‖W_V W_O‖_F²
    square: f64,
}

/// A matrix that reads the stream.
struct Read {
    /// `[d_model, d_head]`
    matrix: DMatrix<f64>,
    /// Its transpose times itself, `[d_head, d_head]`.
    gram: DMatrix<f64>,
}

/// The matrices of a head that reads.
struct Reader {
    query: Read,
    key: Read,
    value: Read,
    /// W_O W_Oᵀ, `[d_head, d_head]`.
    output: DMatrix<f64>,
}

impl Writer {
    fn new(Factors { value, output, .. }: &Factors) -> Self {
        let value_gram = value.tr_mul(value);
        let square = value_gram.dot(&(output * output.transpose()));
        Self { output: output.clone(), value_gram, square }
    }
}

impl Read {
    fn new(matrix: DMatrix<f64>) -> Self {
        Self { gram: matrix.tr_mul(&matrix), matrix }
    }
}

impl Reader {
    fn new(Factors { query, key, value, output }: Factors) -> Self {
        let [query, key, value] = [query, key, value].map(Read::new);
        Self { query, key, value, output: &output * output.transpose() }
    }
}

/// ‖W_V W_O A Bᵀ‖_F / (‖W_V W_O‖_F ‖A Bᵀ‖_F), of which B is given as Bᵀ B: ‖L Rᵀ‖_F² = Σ (Lᵀ L) ∘ (Rᵀ R).
fn ratio(writer: &Writer, read: &Read, other: &DMatrix<f64>) -> f64 {
    let both = (writer.square.max(0.0) * read.gram.dot(other).max(0.0)).sqrt();
    if both == 0.0 {
        return 0.0;
    }
    let across = &writer.output * &read.matrix; // W_O A, [d_head, d_head]
    across.tr_mul(&(&writer.value_gram * &across)).dot(other).max(0.0).sqrt() / both
}

fn random_baseline([d_model, writer, reader]: [usize; 3], seed: u64) -> RandomBaseline {
    let mut generator = keyed_generator([seed, PURPOSE, d_model as u64, (writer * d_model + reader) as u64]);
    let mut random = |rows, columns| DMatrix::from_fn(rows, columns, |_, _| StandardNormal.sample(&mut generator));
    let mut draw = |_| {
        let (value, output) = (random(d_model, writer), random(writer, d_model));
        let writer = Writer::new(&Factors { query: random(0, 0), key: random(0, 0), value, output });
        let (read, other) = (Read::new(random(d_model, reader)), Read::new(random(d_model, reader)));
        ratio(&writer, &read, &other.gram)
    };
    let drawn: Vec<f64> = (0..DRAWS).map(&mut draw).collect();
    let mean = drawn.iter().sum::<f64>() / DRAWS as f64;
    let variance = drawn.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (DRAWS - 1) as f64;
    RandomBaseline { mean, spread: variance.sqrt() }
}
