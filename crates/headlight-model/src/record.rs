use burn::tensor::Tensor;
use headlight_record::{AttentionKind, AttentionRecord, Origin, RecordError};

use crate::TransformerOutput;

impl TransformerOutput {
    /// The weights of one kind, one tensor per layer; empty where the model has none of that kind.
    pub fn attention(&self, kind: AttentionKind) -> &[Tensor<4>] {
        match kind {
            AttentionKind::EncoderSelf => &self.encoder_self,
            AttentionKind::DecoderSelf => &self.decoder_self,
            AttentionKind::Cross => &self.cross,
        }
    }
}

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
    let [n_heads, queries, keys] = match layers.first() {
        Some(layer) => layer.dims().last_chunk().copied().expect("four axes have a last three"),
        None => [0; 3],
    };
    let weights = layers
        .iter()
        .flat_map(|layer| {
            let one = layer.clone().narrow(0, example, 1).into_data().convert::<f32>();
            one.try_into_vec::<f32>().expect("converted to f32 just now")
        })
        .collect();
    AttentionRecord::new(kind, [layers.len(), n_heads, queries, keys], weights, query_tokens, key_tokens, origin)
}
