use burn::tensor::Tensor;
use headlight_record::{AttentionKind, AttentionRecord, Origin, Projections, RecordError};

use crate::stack::{Keep, KeptAttention, KeptProjections};
use crate::trace::AttentionTrace;

/// Takes one example's weights out of a batch: from here on, nothing knows tensors.
///
/// # Shapes
///
/// - layers: one tensor per layer, `[batch_size, n_heads, queries, keys]`
///
/// # Errors
///
/// When there are no layers, or the tokens are not one for each query and key.
///
/// # Panics
///
/// When `example` is not in the batch, or a tensor cannot be read back from its device.
pub fn record_attention(
    kind: AttentionKind,
    layers: &[Tensor<4>],
    example: usize,
    query_tokens: Vec<String>,
    key_tokens: Vec<String>,
    origin: Origin,
) -> Result<AttentionRecord, RecordError> {
    let layers = layers.iter().map(|weights| KeptAttention { weights: weights.clone(), projections: None });
    record_kept(kind, layers.collect(), example, query_tokens, key_tokens, origin)
}

/// [`record_attention`] together with what the weights came from.
///
/// # Shapes
///
/// - layers: one per layer, see [`AttentionTrace`]
///
/// # Errors
///
/// As [`record_attention`], or when a query, key or value is not finite.
///
/// # Panics
///
/// As [`record_attention`].
pub fn record_trace(
    kind: AttentionKind,
    layers: &[&AttentionTrace],
    example: usize,
    query_tokens: Vec<String>,
    key_tokens: Vec<String>,
    origin: Origin,
) -> Result<AttentionRecord, RecordError> {
    let layers = layers.iter().map(|layer| KeptAttention::of((*layer).clone(), Keep::Projections));
    record_kept(kind, layers.collect(), example, query_tokens, key_tokens, origin)
}

/// [`record_trace`] of attention that was kept for it, with Q, K and V where they were kept. Each tensor is let go as soon as its numbers have
/// been taken out, so that they are not all held twice.
///
/// # Errors
///
/// As [`record_trace`], or when Q, K and V were kept in some layers and not in others.
///
/// # Panics
///
/// As [`record_trace`].
pub fn record_kept(
    kind: AttentionKind,
    layers: Vec<KeptAttention>,
    example: usize,
    query_tokens: Vec<String>,
    key_tokens: Vec<String>,
    origin: Origin,
) -> Result<AttentionRecord, RecordError> {
    let n_layers = layers.len();
    let [_, n_heads, queries, keys] = layers.first().map_or([0; 4], |layer| layer.weights.dims());
    let mut weights = Vec::with_capacity(n_layers * n_heads * queries * keys);
    let mut projections = None;
    for KeptAttention { weights: of_layer, projections: behind } in layers {
        if let Some(behind) = behind {
            projections = Some(with_layer(projections, behind, example, &of_layer));
        }
        weights.extend(numbers_of(&of_layer, example));
    }
    let shape = [n_layers, n_heads, queries, keys];
    let record = AttentionRecord::new(kind, shape, weights, query_tokens, key_tokens, origin)?;
    match projections {
        Some(projections) => record.with_projections(projections),
        None => Ok(record),
    }
}

/// Projections with those of one more layer.
fn with_layer(
    before: Option<Projections>,
    KeptProjections { query, key, value, bias }: KeptProjections,
    example: usize,
    weights: &Tensor<4>,
) -> Projections {
    let [[.., d_head], [.., d_value]] = [query.dims(), value.dims()];
    // Positions are the same in every layer.
    let bias = || bias.map(|bias| numbers_of(&bias.expand(weights.dims()), example));
    let none = || Projections { d_head, d_value, query: vec![], key: vec![], value: vec![], bias: bias() };
    let mut all = before.unwrap_or_else(none);
    all.query.extend(numbers_of(&query, example));
    all.key.extend(numbers_of(&key, example));
    all.value.extend(numbers_of(&value, example));
    all
}

/// One example's part of a batch.
fn numbers_of(batch: &Tensor<4>, example: usize) -> Vec<f32> {
    let one = batch.clone().narrow(0, example, 1).into_data().convert::<f32>();
    one.try_into_vec::<f32>().expect("converted to f32 just now")
}
