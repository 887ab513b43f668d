//! Small pictures of large heads: of each as a whole, and of its parts from one text to another.

use headlight_record::AttentionRecord;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::Serialize;

use crate::blocks::Blocks;

/// A small picture has at most so many rows and columns. Heads that are no larger need none.
const MOST: usize = 64;

/// A small picture of each head, of one size.
#[derive(Serialize)]
pub(crate) struct Thumbnails {
    /// A byte a cell, head by head.
    block: usize,
    rows: usize,
    columns: usize,
    /// Of two texts: the queries of the first and its own keys, its queries and the second's keys, the second's queries and the first's
    /// keys, the second's queries and its own keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Thumbnails>,
}

/// The small pictures of a record whose heads are large; `segments` says to which of two texts each token belongs.
pub(crate) fn thumbnails(
    record: &AttentionRecord,
    segments: Option<&[usize]>,
    blocks: &mut Blocks,
) -> Option<Thumbnails> {
    let [.., queries, keys] = record.shape();
    if queries.max(keys) <= MOST {
        return None;
    }
    let all = |count| (0..count).collect::<Vec<usize>>();
    let whole = pictures(record, &all(queries), &all(keys), blocks);
    let texts = segments.map(|segments| {
        let tokens_of = |text| (0..segments.len()).filter(|token| segments[*token] == text).collect::<Vec<usize>>();
        [tokens_of(0), tokens_of(1)]
    });
    let pairs =
        texts.iter().flat_map(|texts| texts.iter().flat_map(move |from| texts.iter().map(move |to| (from, to))));
    let parts = pairs.map(|(queries, keys)| pictures(record, queries, keys, blocks)).collect();
    Some(Thumbnails { parts, ..whole })
}

/// The largest weight under each cell of a small picture of these queries and keys: the `n`th query lies under row `n · rows / queries`,
/// rounded down, and keys likewise under columns.
fn pictures(record: &AttentionRecord, queries: &[usize], keys: &[usize], blocks: &mut Blocks) -> Thumbnails {
    let [layers, heads, ..] = record.shape();
    let (rows, columns) = (queries.len().min(MOST), keys.len().min(MOST));
    let picture = |head: usize| {
        let mut small = vec![0u8; rows * columns];
        for (at, query) in queries.iter().enumerate() {
            let weights = record.row(head / heads, head % heads, *query);
            let row = &mut small[at * rows / queries.len() * columns..][..columns];
            for (at, key) in keys.iter().enumerate() {
                let cell = &mut row[at * columns / keys.len()];
                *cell = (*cell).max((weights[*key] * 255.0).round() as u8); // the cast ends at 255
            }
        }
        small
    };
    let bytes: Vec<Vec<u8>> = (0..layers * heads).into_par_iter().map(picture).collect();
    Thumbnails { block: blocks.add(bytes.concat()), rows, columns, parts: vec![] }
}
