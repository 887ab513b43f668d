//! softmax(Q Kᵀ / √d_head) V, forward and backward.
//!
//! With S the scores, P the attention weights, O the context and ∂ the gradient of the loss, for each head by itself:
//!
//! | forward | backward |
//! |---|---|
//! | S = Q Kᵀ / √d_head, −∞ where masked | ∂V = Pᵀ ∂O |
//! | P = softmax(S), row by row | ∂P = ∂O Vᵀ |
//! | O = P V | ∂S = P ∘ (∂P − Σ P ∘ ∂P), the sum over a row |
//! | | ∂Q = ∂S K / √d_head, ∂K = ∂Sᵀ Q / √d_head |
//!
//! Read `attention/short.rs` first: heads of up to [`SHORT`] tokens, pass by pass as in the table, S and P whole. They keep their attention
//! weights for the backward pass, since little memory then saves a third of it.
//!
//! Longer heads (`attention/tiled.rs`) never hold a whole matrix of scores. Queries are taken a block at a time, and for each block the
//! keys a block at a time, so that one tile of scores stays in the processor's cache. The softmax of a row is built up as the keys
//! come by (Milakov and Gimelshein, [2018](https://arxiv.org/abs/1805.02867)): with every block its maximum so far may rise, and
//! what was summed before is scaled down. The backward pass computes the tiles again from the row's logarithm of the sum, which is
//! all that is kept of the attention weights (Dao et al., [FlashAttention](https://arxiv.org/abs/2205.14135), algorithms 1 and 4). Memory
//! grows with the number of tokens, not with its square.

mod backward;
mod forward;
mod head;
mod input;
mod short;
mod sizes;
mod softmax;
mod tile;
mod tiled;
mod weights;

pub use backward::{Gradients, backward};
pub use forward::{Context, forward};
pub use input::{Cells, Heads, Masking};
pub use sizes::{Layout, SHORT};
pub use weights::weights;
