use std::ops::Range;

use rayon::prelude::*;

use super::tile::{Head, KEYS, QUERIES, Tile, exp_row};
use super::{Heads, Hiding, Layout, Sizes, short};
use crate::kernels::matrix::{Matrix, MatrixMut, matmul, matmul_add};
use crate::kernels::vector::{LANES, dispatch};

/// Gradients of [`forward`](super::forward), all laid out as `layout` says.
#[derive(Debug)]
pub struct Gradients {
    /// `[batch_size, n_heads, queries, d_head]`
    pub query: Vec<f32>,
    /// `[batch_size, n_heads, keys, d_head]`
    pub key: Vec<f32>,
    /// `[batch_size, n_heads, keys, d_value]`
    pub value: Vec<f32>,
    /// Where their numbers are.
    pub layout: Layout,
}

/// The chunk of each gradient that one job fills.
type Chunks<'a> = ((&'a mut [f32], &'a mut [f32]), &'a mut [f32]);

/// Gradients of the loss, given those of the context.
///
/// With P the weights, O the context and D = Σ ∂O ∘ O of each row: ∂V = Pᵀ ∂O, ∂S = P ∘ (∂O Vᵀ − D) / √d_head, ∂Q = ∂S K,
/// ∂K = ∂Sᵀ Q.
///
/// # Shapes
///
/// - query, key, value: as in [`forward`](super::forward)
/// - output: the context, and kept, as [`forward`](super::forward) gave them
/// - upstream: as output
///
/// # Panics
///
/// When the shapes do not fit together, or a mask's numbers end too early.
pub fn backward(
    [query, key, value]: [&Heads<'_>; 3],
    hiding: Hiding<'_>,
    output: &Heads<'_>,
    kept: &[f32],
    upstream: &Heads<'_>,
) -> Gradients {
    let sizes = Sizes::of(query, key, value);
    let Sizes { batch_size, n_heads, queries, keys, d_head, d_value } = sizes;
    assert_eq!(output.shape, [batch_size, n_heads, queries, d_value], "the context of these inputs");
    assert_eq!(output.shape, upstream.shape, "a gradient for each number of the context");

    let layout = Layout::of(&sizes);
    let heads = batch_size * n_heads;
    let mut gradients = Gradients {
        query: vec![0.0; heads * queries * d_head],
        key: vec![0.0; heads * keys * d_head],
        value: vec![0.0; heads * keys * d_value],
        layout,
    };
    let group = layout.group(n_heads);
    let per_head = queries * sizes.kept_per_row();
    let work = |(at, ((d_query, d_key), d_value_chunk)): (usize, Chunks<'_>)| {
        let mut tiles = (!sizes.is_short()).then(|| [Tile::new(&sizes), Tile::new(&sizes)]);
        let mut scratch = vec![0.0; if sizes.is_short() { per_head } else { 0 }];
        for member in 0..group {
            let [batch, head] = layout.place(n_heads, at, member);
            let inputs = Head::of([query, key, value], hiding, sizes.scale(), [batch, head]);
            let kept = &kept[(batch * n_heads + head) * per_head..][..per_head];
            let upstream = upstream.head(batch, head);
            let gradients = HeadGradients {
                query: &mut d_query[member * d_head..],
                key: &mut d_key[member * d_head..],
                value: &mut d_value_chunk[member * d_value..],
                strides: [group * d_head, group * d_value],
            };
            match &mut tiles {
                None => short::pull_back(&inputs, kept, upstream, &mut scratch, gradients),
                Some(tiles) => {
                    let saved = Saved { output: output.head(batch, head), upstream, log_sums: kept };
                    pull_back(&inputs, &saved, tiles, gradients);
                }
            }
        }
    };
    let [query_size, key_size, value_size] = [queries * d_head, keys * d_head, keys * d_value].map(|size| group * size);
    let Gradients { query: d_query, key: d_key, value: d_value, .. } = &mut gradients;
    if sizes.is_worth_sharing() {
        let chunks = d_query.par_chunks_exact_mut(query_size).zip(d_key.par_chunks_exact_mut(key_size));
        chunks.zip(d_value.par_chunks_exact_mut(value_size)).enumerate().for_each(work);
    } else {
        let chunks = d_query.chunks_exact_mut(query_size).zip(d_key.chunks_exact_mut(key_size));
        chunks.zip(d_value.chunks_exact_mut(value_size)).enumerate().for_each(work);
    }
    gradients
}

/// What the backward pass of one head reads besides its inputs.
struct Saved<'a> {
    output: Matrix<'a>,
    upstream: Matrix<'a>,
    log_sums: &'a [f32],
}

impl Saved<'_> {
    /// Σ ∂O ∘ O of each query of a block.
    fn row_products(&self, queries: Range<usize>) -> [f32; QUERIES] {
        let mut products = [0.0; QUERIES];
        dispatch(
            #[inline(always)]
            || {
                for (product, query) in products.iter_mut().zip(queries) {
                    *product = self.upstream.dot_rows(&self.output, query);
                }
            },
        );
        products
    }
}

/// Where the gradients of one head go: rows of query and key lie `strides[0]` apart, those of value `strides[1]`.
pub(super) struct HeadGradients<'a> {
    pub(super) query: &'a mut [f32],
    pub(super) key: &'a mut [f32],
    pub(super) value: &'a mut [f32],
    pub(super) strides: [usize; 2],
}

fn pull_back(head: &Head<'_>, saved: &Saved<'_>, tiles: &mut [Tile; 2], gradients: HeadGradients<'_>) {
    let ([_, d_head], [_, d_value]) = (head.query.shape(), head.value.shape());
    let HeadGradients { query: d_query, key: d_key, value: d_value_rows, strides: [stride, value_stride] } = gradients;
    let [weights, d_weights] = tiles;

    for (queries, seen_keys) in head.query_blocks() {
        let query = head.query.rows(queries.start, queries.len());
        let upstream = saved.upstream.rows(queries.start, queries.len());
        let products = saved.row_products(queries.clone());

        for first_key in (0..seen_keys).step_by(KEYS) {
            let keys = first_key..(first_key + KEYS).min(seen_keys);
            let [key, value] = [head.key, head.value].map(|matrix| matrix.rows(keys.start, keys.len()));

            // P, and with it ∂V.
            weights.score(head, queries.clone(), keys.clone());
            dispatch(
                #[inline(always)]
                || {
                    for (scores, log_sum) in weights.rows().zip(&saved.log_sums[queries.clone()]) {
                        exp_row(scores, *log_sum);
                    }
                },
            );
            let d_value_rows = &mut d_value_rows[keys.start * value_stride..];
            let d_value = MatrixMut::with_row_stride(d_value_rows, [keys.len(), d_value], value_stride);
            matmul_add(1.0, weights.matrix().transpose(), upstream, d_value);

            // ∂S, but for the scale, which the last two products bring in.
            (d_weights.queries, d_weights.keys) = (queries.clone(), keys.clone());
            matmul(1.0, upstream, value.transpose(), d_weights.matrix_mut());
            dispatch(
                #[inline(always)]
                || {
                    for ((p, d_p), product) in weights.rows().zip(d_weights.rows()).zip(products) {
                        for (p, d_p) in p.iter().zip(d_p) {
                            for lane in 0..LANES {
                                d_p[lane] = p[lane] * (d_p[lane] - product);
                            }
                        }
                    }
                },
            );
            let d_scores = d_weights.matrix();
            let d_query = &mut d_query[queries.start * stride..];
            matmul_add(head.scale, d_scores, key, MatrixMut::with_row_stride(d_query, [queries.len(), d_head], stride));
            let d_key = &mut d_key[keys.start * stride..];
            let d_key = MatrixMut::with_row_stride(d_key, [keys.len(), d_head], stride);
            matmul_add(head.scale, d_scores.transpose(), query, d_key);
        }
    }
}
