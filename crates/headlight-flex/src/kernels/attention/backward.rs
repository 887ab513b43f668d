//! The gradients of all heads, divided among the threads.

use super::head::{Head, HeadGradients};
use super::input::{Heads, Masking};
use super::short;
use super::sizes::{Layout, Sizes};
use super::tile::Tile;
use super::tiled;
use crate::kernels::matrix::MatrixMut;
use crate::kernels::parallel;

/// Gradients of [`forward`](super::forward::forward), all laid out as `layout` says.
#[derive(Debug)]
pub struct Gradients {
    /// `[batch_size, n_heads, queries, d_head]`
    pub query: Vec<f32>,
    /// `[batch_size, n_heads, keys, d_head]`
    pub key: Vec<f32>,
    /// `[batch_size, n_heads, keys, d_value]`
    pub value: Vec<f32>,
    /// How they are laid out.
    pub layout: Layout,
}

/// The part of each gradient, of query, key and value, that one thread fills at a time.
type Part<'a> = ((&'a mut [f32], &'a mut [f32]), &'a mut [f32]);

/// Gradients of the loss with respect to query, key and value, given that with respect to the context.
///
/// # Shapes
///
/// - query, key, value: as in [`forward`](super::forward::forward)
/// - context, kept: as [`forward`](super::forward::forward) gave them
/// - d_context: as context
///
/// # Panics
///
/// When the shapes do not fit together, or a mask's slice is too short.
pub fn backward(
    [query, key, value]: [&Heads<'_>; 3],
    masking: Masking<'_>,
    context: &Heads<'_>,
    kept: &[f32],
    d_context: &Heads<'_>,
) -> Gradients {
    let sizes = Sizes::of(query, key, value);
    let Sizes { batch_size, n_heads, queries, keys, d_head, d_value } = sizes;
    assert_eq!(context.shape, [batch_size, n_heads, queries, d_value], "the context of these inputs");
    assert_eq!(context.shape, d_context.shape, "a gradient for each number of the context");

    let layout = Layout::of(&sizes);
    let heads = batch_size * n_heads;
    let mut gradients = Gradients {
        query: vec![0.0; heads * queries * d_head],
        key: vec![0.0; heads * keys * d_head],
        value: vec![0.0; heads * keys * d_value],
        layout,
    };

    // A part is a group of heads that lie side by side, `[queries or keys, group, d_head or d_value]`.
    let group = layout.group(n_heads);
    let [query_size, key_size, value_size] = [queries * d_head, keys * d_head, keys * d_value].map(|size| group * size);
    let parts = gradients.query.chunks_exact_mut(query_size).zip(gradients.key.chunks_exact_mut(key_size));
    let parts = parts.zip(gradients.value.chunks_exact_mut(value_size)).enumerate();

    let kept_per_head = queries * sizes.kept_per_row();
    let work = |(at, ((d_query, d_key), d_value_part)): (usize, Part<'_>)| {
        let mut tiles = (!sizes.is_short()).then(|| [Tile::new(&sizes), Tile::new(&sizes)]);
        let mut scratch = vec![0.0; if sizes.is_short() { kept_per_head } else { 0 }];
        for member in 0..group {
            let batch_and_head @ [batch, head] = layout.batch_and_head(n_heads, at, member);
            let kept = &kept[(batch * n_heads + head) * kept_per_head..][..kept_per_head];
            let head = Head::of([query, key, value], masking, sizes.scale(), batch_and_head);
            let d_context = d_context.head(batch_and_head);
            let rows = |part, count, width| MatrixMut::with_row_stride(part, [count, width], group * width);
            let gradients = HeadGradients {
                d_query: rows(&mut d_query[member * d_head..], queries, d_head),
                d_key: rows(&mut d_key[member * d_head..], keys, d_head),
                d_value: rows(&mut d_value_part[member * d_value..], keys, d_value),
            };
            match &mut tiles {
                None => short::backward(&head, kept, d_context, &mut scratch, gradients),
                Some(tiles) => {
                    let saved = tiled::Saved { context: context.head(batch_and_head), d_context, log_sums: kept };
                    tiled::backward(&head, &saved, tiles, gradients);
                }
            }
        }
    };
    if sizes.is_worth_sharing() {
        parallel::for_each(parts, work);
    } else {
        parts.for_each(work);
    }
    gradients
}
