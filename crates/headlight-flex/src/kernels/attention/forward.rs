use rayon::prelude::*;

use super::tile::{Head, KEYS, QUERIES, Tile, exp_row, max};
use super::{Heads, Hiding, Layout, Sizes, short};
use crate::kernels::matrix::{Matrix, MatrixMut, matmul, matmul_add};
use crate::kernels::vector::dispatch;

/// What [`forward`] gives.
#[derive(Clone, Debug)]
pub struct Context {
    /// The weighted sums of values, `[batch_size, n_heads, queries, d_value]`, laid out as `layout` says.
    pub data: Vec<f32>,
    /// What the backward pass needs to know of each row of weights, `[batch_size, n_heads, queries, …]`. Of no more than
    /// [`SHORT`](super::SHORT) queries and keys the weights themselves, each row filled with zeros up to whole vectors; else the
    /// logarithm of Σ e^score, which is +∞ where every key is hidden.
    pub kept: Vec<f32>,
    /// Where the numbers of `data` are.
    pub layout: Layout,
}

/// Attention's context. Where every key is hidden it is 0.
///
/// # Shapes
///
/// - query: `[batch_size, n_heads, queries, d_head]`
/// - key: `[batch_size, n_heads, keys, d_head]`
/// - value: `[batch_size, n_heads, keys, d_value]`
///
/// # Panics
///
/// When the shapes do not fit together, one of their lengths is 0, or a mask's numbers end too early.
pub fn forward(query: &Heads<'_>, key: &Heads<'_>, value: &Heads<'_>, hiding: Hiding<'_>) -> Context {
    let sizes = Sizes::of(query, key, value);
    let layout = Layout::of(&sizes);
    let Sizes { batch_size, n_heads, queries, d_value, .. } = sizes;
    let mut data = vec![0.0; batch_size * n_heads * queries * d_value];
    let mut kept = vec![0.0; batch_size * n_heads * queries * sizes.kept_per_row()];

    let group = layout.group(n_heads);
    let work = |(at, (data, kept)): (usize, (&mut [f32], &mut [f32]))| {
        let mut tile = (!sizes.is_short()).then(|| Tile::new(&sizes));
        for (member, kept) in kept.chunks_exact_mut(queries * sizes.kept_per_row()).enumerate() {
            let place = layout.place(n_heads, at, member);
            let inputs = Head::of([query, key, value], hiding, sizes.scale(), place);
            let (output, stride) = (&mut data[member * d_value..], group * d_value);
            match &mut tile {
                None => short::attend(&inputs, kept, output, stride),
                Some(tile) => attend(&inputs, tile, output, stride, kept),
            }
        }
    };
    let (size, kept_size) = (group * queries * d_value, group * queries * sizes.kept_per_row());
    if sizes.is_worth_sharing() {
        data.par_chunks_exact_mut(size).zip(kept.par_chunks_exact_mut(kept_size)).enumerate().for_each(work);
    } else {
        data.chunks_exact_mut(size).zip(kept.chunks_exact_mut(kept_size)).enumerate().for_each(work);
    }
    Context { data, kept, layout }
}

/// One head; its rows lie `stride` apart in `output`.
fn attend(head: &Head<'_>, tile: &mut Tile, output: &mut [f32], stride: usize, log_sums: &mut [f32]) {
    let [_, d_value] = head.value.shape();
    for (queries, seen_keys) in head.query_blocks() {
        let output = &mut output[queries.start * stride..];
        let (mut maxima, mut sums) = ([f32::NEG_INFINITY; QUERIES], [0.0f32; QUERIES]);

        for first_key in (0..seen_keys).step_by(KEYS) {
            let keys = first_key..(first_key + KEYS).min(seen_keys);
            tile.score(head, queries.clone(), keys.clone());

            // Each row's weights, up to a factor: e^(score − maximum so far). What was gathered under a smaller maximum shrinks.
            dispatch(
                #[inline(always)]
                || {
                    for (row, scores) in tile.rows().enumerate() {
                        let new = maxima[row].max(max(scores));
                        // Nothing seen yet: any finite shift leaves e^−∞ = 0.
                        let shift = if new == f32::NEG_INFINITY { 0.0 } else { new };
                        let shrink = if first_key == 0 { 0.0 } else { (maxima[row] - shift).exp() };
                        sums[row] = sums[row] * shrink + exp_row(scores, shift);
                        maxima[row] = new;
                        if first_key > 0 {
                            output[row * stride..][..d_value].iter_mut().for_each(|y| *y *= shrink);
                        }
                    }
                },
            );
            let value = head.value.rows(keys.start, keys.len());
            let context = MatrixMut::with_row_stride(output, [queries.len(), d_value], stride);
            let product: fn(f32, Matrix<'_>, Matrix<'_>, MatrixMut<'_>) =
                if first_key == 0 { matmul } else { matmul_add };
            product(1.0, tile.matrix(), value, context);
        }

        for (row, query) in queries.enumerate() {
            let nothing_seen = maxima[row] == f32::NEG_INFINITY;
            let (share, log_sum) =
                if nothing_seen { (0.0, f32::INFINITY) } else { (1.0 / sums[row], maxima[row] + sums[row].ln()) };
            output[row * stride..][..d_value].iter_mut().for_each(|y| *y *= share);
            log_sums[query] = log_sum;
        }
    }
}
