//! Heads and rows in a few numbers, taken from the record's own weights: what a page's 8 bits leave out adds up in them.

use headlight_record::{AttentionRecord, MaskCell};
use serde::Serialize;

/// A row whose sum is no further from 0 attends to nothing. `viewer/src/measures.ts` marks sums with the same tolerance.
const SUM_TOLERANCE: f64 = 1e-3;

/// The numbers of a record's heads, a list for each, layer by layer; `None` for a head that has none. But for the alignment,
/// they are means over the queries that have a choice between keys.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measures {
    /// The mean weight on the keys that the task needs, over the queries that need any.
    alignment: Vec<Option<f32>>,
    /// A row's largest weight.
    sharpness: Vec<Option<f32>>,
    /// A row's [entropy](RowMeasures::entropy).
    entropy: Vec<Option<f32>>,
    /// The weight at the fixed distance that has most of it,
    offset: Vec<Option<f32>>,
    /// and that distance, the key's position less the query's.
    best_offset: Vec<Option<isize>>,
    /// The weight on the first key.
    first: Vec<Option<f32>>,
}

impl Measures {
    /// Adds the numbers of the next head.
    pub(crate) fn add(&mut self, head: HeadMeasures) {
        self.alignment.push(head.alignment);
        let rows = head.rows.as_ref();
        self.sharpness.push(rows.map(|rows| rows.sharpness));
        self.entropy.push(rows.map(|rows| rows.entropy));
        self.offset.push(rows.map(|rows| rows.offset));
        self.best_offset.push(rows.map(|rows| rows.best_offset));
        self.first.push(rows.map(|rows| rows.first));
    }
}

/// The numbers of one head.
pub(crate) struct HeadMeasures {
    alignment: Option<f32>,
    /// Where a query has a choice.
    rows: Option<Rows>,
}

struct Rows {
    sharpness: f32,
    entropy: f32,
    offset: f32,
    best_offset: isize,
    first: f32,
}

/// The numbers of one row of weights.
pub(crate) struct RowMeasures {
    pub(crate) largest: f32,
    pub(crate) sum: f64,
    /// In bits, −Σ w log₂ w: 0 where one key has everything, log₂ n where n keys share evenly.
    pub(crate) entropy: f64,
}

impl RowMeasures {
    pub(crate) fn new(row: &[f32]) -> Self {
        let weights = || row.iter().map(|weight| f64::from(*weight));
        let bits: f64 = weights().filter(|weight| *weight > 0.0).map(|w| -w * w.log2()).sum();
        Self { largest: row.iter().copied().fold(0.0, f32::max), sum: weights().sum(), entropy: bits.max(0.0) }
    }
}

/// Measures a head by its rows.
pub(crate) fn measures(record: &AttentionRecord, layer: usize, head: usize, of_rows: &[RowMeasures]) -> HeadMeasures {
    HeadMeasures { alignment: record.alignment_score(layer, head), rows: rows(record, layer, head, of_rows) }
}

fn rows(record: &AttentionRecord, layer: usize, head: usize, of_rows: &[RowMeasures]) -> Option<Rows> {
    let [.., queries, keys] = record.shape();
    let [mut count, mut sharpness, mut bits, mut first] = [0.0f64; 4];
    let mut diagonals = vec![0.0f64; queries + keys - 1];
    for (query, of_row) in of_rows.iter().enumerate() {
        if !has_choice(record, query, of_row) {
            continue;
        }
        let row = record.row(layer, head, query);
        count += 1.0;
        sharpness += f64::from(of_row.largest);
        bits += of_row.entropy;
        first += f64::from(row[0]);
        // Key k of query q is on diagonal k − q, counted from the leftmost.
        for (sum, weight) in diagonals[queries - 1 - query..].iter_mut().zip(row) {
            *sum += f64::from(*weight);
        }
    }
    let best = (0..diagonals.len()).reduce(|best, at| if diagonals[at] > diagonals[best] { at } else { best })?;
    let mean = |sum: f64| (sum / count) as f32;
    (count > 0.0).then(|| Rows {
        sharpness: mean(sharpness),
        entropy: mean(bits),
        offset: mean(diagonals[best]),
        best_offset: best as isize - (queries as isize - 1),
        first: mean(first),
    })
}

/// A query that can attend to one key alone, or attends to none, says nothing about its head.
fn has_choice(record: &AttentionRecord, query: usize, row: &RowMeasures) -> bool {
    let [.., keys] = record.shape();
    let visible = record
        .mask()
        .map_or(keys, |mask| mask[query * keys..][..keys].iter().filter(|cell| **cell == MaskCell::Visible).count());
    visible > 1 && row.sum.abs() > SUM_TOLERANCE
}
