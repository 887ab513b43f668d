//! The numbers of one head on one example.

use headlight_model::AttentionKind;

use super::pattern::{Of, PATTERNS, Query};
use crate::examples::Example;

/// A query has used its weight for something where more than this share of it is not on the beginning of the sequence.
const USED: f64 = 0.1;
/// A row that sums to no more has no key that it sees.
const NOTHING: f64 = 1e-6;

/// What a head may attend to on one example: all that is the same for every head of a kind.
pub(super) struct Rows {
    queries: usize,
    keys: usize,
    /// How many keys each query sees.
    visible: Vec<usize>,
    /// 1 where the keys begin with a token that only says so, or else 0.
    first: usize,
    /// For each pattern the keys of each query, as far as it sees them.
    patterns: Vec<Vec<Vec<usize>>>,
}

/// The numbers of one head on one example.
pub(super) struct Numbers {
    /// For each pattern the share of the weight that is on it, over the queries that see a key of it and another one.
    pub(super) shares: Vec<Option<f64>>,
    /// For each pattern TransformerLens' two error measures: Σ(A ∘ D) / ΣA, and 1 − Σ|A − D| / n, where A are the weights of all n
    /// queries, and D is 1 on the pattern and 0 elsewhere.
    pub(super) detections: Vec<[Option<f64>; 2]>,
    /// Mean over the queries that have a choice, in bits.
    pub(super) entropy: Option<f64>,
    /// Over the queries that have a choice, too.
    pub(super) offsets: Option<Offsets>,
}

/// The mean weight at each offset, the key's position less the query's.
pub(super) struct Offsets {
    first: isize,
    means: Vec<f64>,
}

impl Rows {
    /// The rows of a kind of attention on an example.
    pub(super) fn new(example: &Example, kind: AttentionKind, vocabulary: &[String]) -> Self {
        let queries: Vec<Query<'_>> =
            (0..example.queries(kind).len()).map(|at| Query::new(example, kind, at, vocabulary)).collect();
        let seen = |query: &Query<'_>, mut keys: Vec<usize>| {
            keys.retain(|key| query.visible().contains(key));
            keys
        };
        let of = |keys: fn(&Query<'_>) -> Vec<usize>| queries.iter().map(|query| seen(query, keys(query))).collect();
        Self {
            queries: queries.len(),
            keys: example.keys(kind).len(),
            visible: queries.iter().map(|query| query.visible().len()).collect(),
            first: queries.first().map_or(0, |query| query.first),
            patterns: PATTERNS.iter().map(|pattern| of(pattern.keys)).collect(),
        }
    }

    /// The weights of a head that attends evenly to all that it sees, `[queries, keys]`.
    pub(super) fn uniform(&self) -> Vec<f32> {
        let row = |visible: &usize| {
            let weight = 1.0 / *visible as f32;
            (0..self.keys).map(|key| if key < *visible { weight } else { 0.0 }).collect::<Vec<f32>>()
        };
        self.visible.iter().flat_map(row).collect()
    }

    /// The numbers of a head with these weights.
    ///
    /// # Shapes
    ///
    /// - weights: `[queries, keys]`
    pub(super) fn numbers(&self, weights: &[f32]) -> Numbers {
        let row = |at: usize| &weights[at * self.keys..][..self.keys];
        let sums: Vec<f64> = (0..self.queries).map(|at| row(at).iter().copied().map(f64::from).sum()).collect();
        let chooses = |at: usize| self.visible[at] > 1 && sums[at] > NOTHING;
        let choosing: Vec<usize> = (0..self.queries).filter(|at| chooses(*at)).collect();
        let on = |at: usize, keys: &[usize]| keys.iter().map(|key| f64::from(row(at)[*key])).sum::<f64>();

        let share = |(of, keys): (Of, &Vec<Vec<usize>>)| {
            let rows = choosing.iter().filter(|at| !keys[**at].is_empty()).filter_map(|&at| match of {
                Of::Row => Some([on(at, &keys[at]), sums[at]]),
                Of::RowWithoutBeginning => {
                    let unused = on(at, &(0..self.first).collect::<Vec<usize>>());
                    let wanted: Vec<usize> = keys[at].iter().copied().filter(|key| *key >= self.first).collect();
                    let rest = sums[at] - unused;
                    (at >= self.first && rest > USED * sums[at]).then(|| [on(at, &wanted), rest])
                }
            });
            let [on, of] = rows.fold([0.0; 2], |[on, of], [more, sum]| [on + more, of + sum]);
            (of > 0.0).then(|| on / of)
        };
        let detection = |keys: &Vec<Vec<usize>>| {
            let all: f64 = sums.iter().sum();
            let detected: f64 = (0..self.queries).map(|at| on(at, &keys[at])).sum();
            let wanted: usize = keys.iter().map(Vec::len).sum();
            let errors = all - detected + (wanted as f64 - detected); // no weight is more than 1
            [(all > 0.0).then(|| detected / all), Some(1.0 - errors / self.queries as f64)]
        };
        let count = choosing.len() as f64;
        let bits = |at: usize| -> f64 {
            let weights = row(at).iter().map(|weight| f64::from(*weight)).filter(|weight| *weight > 0.0);
            weights.map(|weight| -weight * weight.log2()).sum::<f64>().max(0.0)
        };
        let offsets = || {
            let mut offsets = vec![0.0; self.queries + self.keys - 1];
            for &at in &choosing {
                // Key k of query q is at the distance k − q, counted from the most negative one.
                for (mean, weight) in offsets[self.queries - 1 - at..].iter_mut().zip(row(at)) {
                    *mean += f64::from(*weight) / count;
                }
            }
            Offsets { first: 1 - self.queries as isize, means: offsets }
        };
        Numbers {
            shares: PATTERNS.iter().map(|pattern| pattern.of).zip(&self.patterns).map(share).collect(),
            detections: self.patterns.iter().map(detection).collect(),
            entropy: (count > 0.0).then(|| choosing.iter().map(|at| bits(*at)).sum::<f64>() / count),
            offsets: (count > 0.0).then(offsets),
        }
    }
}

impl Offsets {
    /// All of them, with their means.
    pub(super) fn iter(&self) -> impl Iterator<Item = (isize, f64)> {
        (self.first..).zip(self.means.iter().copied())
    }

    /// The mean at one of them.
    pub(super) fn at(&self, offset: isize) -> f64 {
        let at = usize::try_from(offset - self.first).ok();
        at.and_then(|at| self.means.get(at)).copied().unwrap_or(0.0)
    }
}
