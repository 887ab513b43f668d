//! What a page says about the blocks of its moments, as JSON. `viewer/src/data/manifest.ts` has the same in TypeScript.

use headlight_record::{AttentionKind, AttentionRecord, MaskCell};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::Serialize;

use crate::blocks::Blocks;
use crate::measures::{HeadMeasures, Measures, RowMeasures, measures};
use crate::quantise::{self, Bits};
use crate::thumbnails::{Thumbnails, thumbnails};

/// Moments of one example are told apart by their weights alone, so what they share stands once.
#[derive(Serialize)]
pub(crate) struct Moments<'a> {
    examples: Vec<Example<'a>>,
    moments: Vec<Moment>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Example<'a> {
    kind: AttentionKind,
    query_tokens: &'a [String],
    key_tokens: &'a [String],
    /// Block of a byte a cell.
    mask: Option<usize>,
    alignment: Option<&'a [Vec<usize>]>,
    /// To which of two texts each token belongs; absent where all are of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<&'a [usize]>,
}

#[derive(Serialize)]
struct Moment {
    step: Option<usize>,
    records: Vec<Record>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    example: usize,
    layers: usize,
    /// What the model counts them as; absent where they are its first ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    layer_numbers: Option<Vec<usize>>,
    heads: usize,
    bits: u8,
    weights: Panels,
    measures: Measures,
    /// Absent where the heads are small enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnails: Option<Thumbnails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    projections: Option<Projections>,
}

/// Heads in blocks: head `n`, counted through all layers, is number `n % per_block` in block `first + n / per_block`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Panels {
    first: usize,
    per_block: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Projections {
    d_head: usize,
    d_value: usize,
    panels: Panels,
    /// Blocks of biases by head alone.
    bias: Option<Panels>,
}

/// Describes the moments, and puts their numbers into blocks.
pub(crate) fn moments(moments: &[Vec<AttentionRecord>]) -> (Moments<'_>, Blocks) {
    let cells = moments.iter().flatten().map(visible_cells).sum();
    let bits = Bits::for_cells(cells);
    let mut blocks = Blocks::default();
    let (mut examples, mut seen): (Vec<Example<'_>>, Vec<&AttentionRecord>) = (vec![], vec![]);
    let mut described = Vec::new();
    for moment in moments {
        let mut records = Vec::new();
        for record in moment {
            let known = seen.iter().position(|other| same_example(other, record));
            let example = known.unwrap_or_else(|| {
                seen.push(record);
                examples.push(Example {
                    kind: record.kind(),
                    query_tokens: record.query_tokens(),
                    key_tokens: record.key_tokens(),
                    mask: record.mask().map(|mask| blocks.add(mask.iter().map(|cell| cell_byte(*cell)).collect())),
                    alignment: record.alignment(),
                    segments: segments(record),
                });
                examples.len() - 1
            });
            records.push(describe(record, example, bits, &mut blocks));
        }
        described.push(Moment { step: moment.first().and_then(|record| record.origin().step), records });
    }
    (Moments { examples, moments: described }, blocks)
}

fn same_example(one: &AttentionRecord, other: &AttentionRecord) -> bool {
    one.kind() == other.kind()
        && one.query_tokens() == other.query_tokens()
        && one.key_tokens() == other.key_tokens()
        && one.mask() == other.mask()
        && one.alignment() == other.alignment()
        && one.segments() == other.segments()
}

/// To which of two texts each token belongs, where there are tokens of both.
fn segments(record: &AttentionRecord) -> Option<&[usize]> {
    record.segments().filter(|segments| [0, 1].iter().all(|text| segments.contains(text)))
}

fn visible_cells(record: &AttentionRecord) -> usize {
    let [layers, heads, queries, keys] = record.shape();
    let visible = record.mask().map_or(queries * keys, |mask| mask.iter().filter(|cell| is_visible(**cell)).count());
    layers * heads * visible
}

fn is_visible(cell: MaskCell) -> bool {
    cell == MaskCell::Visible
}

fn cell_byte(cell: MaskCell) -> u8 {
    match cell {
        MaskCell::Visible => 0,
        MaskCell::Causal => 1,
        MaskCell::Padding => 2,
        MaskCell::Window => 3,
        MaskCell::Masked => 4,
    }
}

fn describe(record: &AttentionRecord, example: usize, bits: Bits, blocks: &mut Blocks) -> Record {
    let [layers, heads, _, keys] = record.shape();
    let visible: Option<Vec<bool>> = record.mask().map(|mask| mask.iter().map(|cell| is_visible(*cell)).collect());
    let every_head: Vec<(usize, usize)> = every_head(record).collect();
    let (weights, of_heads): (Vec<Vec<u8>>, Vec<HeadMeasures>) = every_head
        .into_par_iter()
        .map(|(layer, head)| {
            let weights = record.head(layer, head);
            let rows: Vec<RowMeasures> = weights.chunks_exact(keys).map(RowMeasures::new).collect();
            let mut panel = Vec::new();
            quantise::weights(weights, &rows, visible.as_deref(), bits, &mut panel);
            (panel, measures(record, layer, head, &rows))
        })
        .unzip();
    let mut measures = Measures::default();
    of_heads.into_iter().for_each(|head| measures.add(head));
    Record {
        example,
        layers,
        layer_numbers: Some(record.layer_numbers()).filter(|numbers| !numbers.iter().copied().eq(0..layers)),
        heads,
        bits: bits.count(),
        weights: panels(weights, blocks),
        measures,
        thumbnails: thumbnails(record, segments(record), blocks),
        projections: projections(record, blocks),
    }
}

fn every_head(record: &AttentionRecord) -> impl Iterator<Item = (usize, usize)> {
    let [layers, heads, ..] = record.shape();
    (0..layers).flat_map(move |layer| (0..heads).map(move |head| (layer, head)))
}

fn panels(panels: Vec<Vec<u8>>, blocks: &mut Blocks) -> Panels {
    let (first, per_block) = blocks.add_panels(panels);
    Panels { first, per_block }
}

fn projections(record: &AttentionRecord, blocks: &mut Blocks) -> Option<Projections> {
    let &headlight_record::Projections { d_head, d_value, ref bias, .. } = record.projections()?;
    let [_, heads, _, keys] = record.shape();
    let all: Vec<Vec<u8>> = every_head(record)
        .filter_map(|(layer, head)| record.head_projections(layer, head))
        .map(|of| {
            let mut panel = Vec::new();
            for (numbers, columns) in [(of.query, d_head), (of.key, d_head), (of.value, d_value)] {
                quantise::signed(numbers, columns, &mut panel);
            }
            panel
        })
        .collect();
    let biases = bias.as_ref().map(|bias| {
        let by_head: Vec<Vec<u8>> = bias
            .chunks_exact(bias.len() / heads)
            .map(|bias| {
                let mut panel = Vec::new();
                quantise::signed(bias, keys, &mut panel);
                panel
            })
            .collect();
        panels(by_head, blocks)
    });
    Some(Projections { d_head, d_value, panels: panels(all, blocks), bias: biases })
}
