//! Heads of more tokens, a tile of scores at a time: a block of queries with a block of keys. In the shapes below, `queries` and `keys`
//! are those of the tile.

use std::ops::Range;

use super::head::{Head, HeadGradients};
use super::softmax::{exp_row, max};
use super::tile::{QUERIES, Tile, key_blocks, query_blocks};
use crate::kernels::matrix::{Matrix, MatrixMut, matmul, matmul_add};
use crate::kernels::vector::{LANES, dispatch};

/// The context of one head, `[queries, d_value]`; what the backward pass needs of each row of attention weights is left in `log_sums`,
/// `[queries]`: log Σ e^S, or +∞ where every key is masked.
pub(super) fn forward(head: &Head<'_>, tile: &mut Tile, mut context: MatrixMut<'_>, log_sums: &mut [f32]) {
    for (queries, visible_keys) in query_blocks(head) {
        let mut context = context.rows(queries.start, queries.len()); // [queries, d_value]

        // Of each query, over the keys so far: the largest score, and Σ e^(S − that).
        let (mut maxima, mut sums) = ([f32::NEG_INFINITY; QUERIES], [0.0f32; QUERIES]); // [queries]

        for keys in key_blocks(visible_keys) {
            let is_first = keys.start == 0;

            // pass 1: S = Q Kᵀ / √d_head, −∞ where masked      [queries, d_head] × [d_head, keys] → [queries, keys]
            tile.score(head, queries.clone(), keys.clone());

            // pass 2: P = e^(S − maximum so far), in place      [queries, keys]
            //         What was summed under a smaller maximum shrinks: sums [queries], context [queries, d_value].
            dispatch(
                #[inline(always)]
                || {
                    for (row, scores) in tile.rows().enumerate() {
                        let new = maxima[row].max(max(scores));
                        // Every key masked so far: any finite shift leaves e^−∞ = 0.
                        let shift = if new == f32::NEG_INFINITY { 0.0 } else { new };
                        let shrink = if is_first { 0.0 } else { (maxima[row] - shift).exp() };
                        sums[row] = sums[row] * shrink + exp_row(scores, shift);
                        maxima[row] = new;
                        if !is_first {
                            context.row(row).iter_mut().for_each(|o| *o *= shrink);
                        }
                    }
                },
            );

            // pass 3: O += P V      [queries, keys] × [keys, d_value] → [queries, d_value]
            let value = head.value.rows(keys.start, keys.len());
            let product: fn(f32, Matrix<'_>, Matrix<'_>, MatrixMut<'_>) = if is_first { matmul } else { matmul_add };
            product(1.0, tile.matrix(), value, context.rows(0, queries.len()));
        }

        // pass 4: O /= Σ e^(S − maximum)      [queries, d_value]
        for (row, query) in queries.enumerate() {
            let all_masked = maxima[row] == f32::NEG_INFINITY;
            let (share, log_sum) =
                if all_masked { (0.0, f32::INFINITY) } else { (1.0 / sums[row], maxima[row] + sums[row].ln()) };
            context.row(row).iter_mut().for_each(|o| *o *= share);
            log_sums[query] = log_sum;
        }
    }
}

/// What the backward pass of one head reads besides its inputs.
pub(super) struct Saved<'a> {
    /// O, `[queries, d_value]`
    pub(super) context: Matrix<'a>,
    /// ∂O, `[queries, d_value]`
    pub(super) d_context: Matrix<'a>,
    /// As [`forward`] left them, `[queries]`.
    pub(super) log_sums: &'a [f32],
}

/// The gradients of one head, added to what stands in `gradients`.
pub(super) fn backward(head: &Head<'_>, saved: &Saved<'_>, tiles: &mut [Tile; 2], gradients: HeadGradients<'_>) {
    let HeadGradients { mut d_query, mut d_key, mut d_value } = gradients;
    let [weights, d_weights] = tiles;

    for (queries, visible_keys) in query_blocks(head) {
        let query = head.query.rows(queries.start, queries.len()); //           [queries, d_head]
        let d_context = saved.d_context.rows(queries.start, queries.len()); // [queries, d_value]

        // pass 1: D = Σ ∂O ∘ O, over a row, which equals Σ P ∘ ∂P      [queries]
        let products = saved.row_products(queries.clone());

        for keys in key_blocks(visible_keys) {
            let [key, value] = [head.key, head.value].map(|matrix| matrix.rows(keys.start, keys.len()));

            // pass 2: P = e^(S − log Σ e^S), S as in the forward pass      [queries, keys]
            weights.score(head, queries.clone(), keys.clone());
            dispatch(
                #[inline(always)]
                || {
                    for (scores, log_sum) in weights.rows().zip(&saved.log_sums[queries.clone()]) {
                        exp_row(scores, *log_sum);
                    }
                },
            );

            // pass 3: ∂V += Pᵀ ∂O      [keys, queries] × [queries, d_value] → [keys, d_value]
            matmul_add(1.0, weights.matrix().transpose(), d_context, d_value.rows(keys.start, keys.len()));

            // pass 4: ∂P = ∂O Vᵀ      [queries, d_value] × [d_value, keys] → [queries, keys]
            (d_weights.queries, d_weights.keys) = (queries.clone(), keys.clone());
            matmul(1.0, d_context, value.transpose(), d_weights.matrix_mut());

            // pass 5: ∂S = P ∘ (∂P − D), in place      [queries, keys]
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

            // pass 6: ∂Q += ∂S K / √d_head      [queries, keys] × [keys, d_head] → [queries, d_head]
            matmul_add(head.scale, d_scores, key, d_query.rows(queries.start, queries.len()));

            // pass 7: ∂K += ∂Sᵀ Q / √d_head      [keys, queries] × [queries, d_head] → [keys, d_head]
            matmul_add(head.scale, d_scores.transpose(), query, d_key.rows(keys.start, keys.len()));
        }
    }
}

impl Saved<'_> {
    /// Σ ∂O ∘ O of each query of a block.
    fn row_products(&self, queries: Range<usize>) -> [f32; QUERIES] {
        let mut products = [0.0; QUERIES];
        dispatch(
            #[inline(always)]
            || {
                for (product, query) in products.iter_mut().zip(queries) {
                    *product = self.d_context.dot_rows(&self.context, query);
                }
            },
        );
        products
    }
}
