//! The context of all heads, divided among the threads.

use super::head::Head;
use super::input::{Heads, Masking};
use super::short;
use super::sizes::{Layout, Sizes};
use super::tile::Tile;
use super::tiled;
use crate::kernels::matrix::MatrixMut;
use crate::kernels::parallel;

/// What [`forward`] gives.
#[derive(Clone, Debug)]
pub struct Context {
    /// The weighted sums of values, `[batch_size, n_heads, queries, d_value]`, laid out as `layout` says.
    pub data: Vec<f32>,
    /// What the backward pass needs to know of each row of attention weights, `[batch_size, n_heads, queries, …]`. Of no more than
    /// [`SHORT`](super::sizes::SHORT) queries and keys the weights themselves, each row padded with zeros to whole vectors; else
    /// log Σ e^score, which is +∞ where every key is masked.
    pub kept: Vec<f32>,
    /// How `data` is laid out.
    pub layout: Layout,
}

/// softmax(Q Kᵀ / √d_head) V. Where every key is masked it is 0.
///
/// # Shapes
///
/// - query: `[batch_size, n_heads, queries, d_head]`
/// - key: `[batch_size, n_heads, keys, d_head]`
/// - value: `[batch_size, n_heads, keys, d_value]`
///
/// # Panics
///
/// When the shapes do not fit together, one of their lengths is 0, or a mask's slice is too short.
pub fn forward(query: &Heads<'_>, key: &Heads<'_>, value: &Heads<'_>, masking: Masking<'_>) -> Context {
    let sizes = Sizes::of(query, key, value);
    let layout = Layout::of(&sizes);
    let Sizes { batch_size, n_heads, queries, d_value, .. } = sizes;
    let kept_per_head = queries * sizes.kept_per_row();
    let mut data = vec![0.0; batch_size * n_heads * queries * d_value];
    let mut kept = vec![0.0; batch_size * n_heads * kept_per_head];

    // A part is a group of heads that lie side by side, `[queries, group, d_value]`, and what is kept of each.
    let group = layout.group(n_heads);
    let parts = data.chunks_exact_mut(group * queries * d_value).zip(kept.chunks_exact_mut(group * kept_per_head));
    let work = |(at, (data, kept)): (usize, (&mut [f32], &mut [f32]))| {
        let mut tile = (!sizes.is_short()).then(|| Tile::new(&sizes));
        for (member, kept) in kept.chunks_exact_mut(kept_per_head).enumerate() {
            let batch_and_head = layout.batch_and_head(n_heads, at, member);
            let head = Head::of([query, key, value], masking, sizes.scale(), batch_and_head);
            let data = &mut data[member * d_value..];
            let context = MatrixMut::with_row_stride(data, [queries, d_value], group * d_value);
            match &mut tile {
                None => short::forward(&head, kept, context),
                Some(tile) => tiled::forward(&head, tile, context, kept),
            }
        }
    };
    if sizes.is_worth_sharing() {
        parallel::for_each(parts.enumerate(), work);
    } else {
        parts.enumerate().for_each(work);
    }
    Context { data, kept, layout }
}
