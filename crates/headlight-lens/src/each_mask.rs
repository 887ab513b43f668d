use burn::tensor::kind::Basic;
use burn::tensor::{Device, Tensor, TensorData};
use headlight_model::{Mask, alibi_biases, alibi_slopes, attention_weights};
use headlight_record::{AttentionRecord, MaskCell, Projections};

use crate::LensError;

/// ALiBi's slope is that of the first of so many heads: 1/2, the steepest of the usual ones.
const ALIBI_HEADS: usize = 8;

/// The weights that one mask leaves of a head's scores.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskedRecord {
    /// What the mask is called.
    pub name: String,
    /// One layer, one head, with what its weights came from.
    pub record: AttentionRecord,
}

/// The scores of one self-attention head under each kind of mask: none, causal, padding, both, and causal with ALiBi's distances
/// added. Whatever mask the record has is left aside.
///
/// # Shapes
///
/// - padding: `[keys]`, `true` where the key is taken for padding
///
/// # Errors
///
/// When the record does not know Q, K and V, or has not as many queries as keys.
///
/// # Panics
///
/// When `layer` or `head` is out of range, or `padding` is not as long as the keys.
pub fn under_each_mask(
    record: &AttentionRecord,
    layer: usize,
    head: usize,
    padding: &[bool],
    device: &Device,
) -> Result<Vec<MaskedRecord>, LensError> {
    let [.., queries, keys] = record.shape();
    if queries != keys {
        return Err(LensError::TwoSequences { queries, keys });
    }
    assert_eq!(padding.len(), keys, "padding says of each key whether it is");
    let one = record.one_head(layer, head);
    let Some(of) = one.projections().cloned() else {
        return Err(LensError::NoProjections);
    };
    let d_head = of.d_head;
    let tensor =
        |numbers: &[f32]| Tensor::<4>::from_data(TensorData::new(numbers.to_vec(), [1, 1, keys, d_head]), device);
    let (query, key) = (tensor(&of.query), tensor(&of.key));

    let masked = Tensor::from_data(TensorData::new(padding.to_vec(), [1, keys]), device);
    let biases = alibi_biases(ALIBI_HEADS, keys, device).narrow(0, 0, 1); // [1, queries, keys]
    let slope = alibi_slopes(ALIBI_HEADS)[0];

    let causal = Mask::causal(keys, device);
    let key_padding = Mask::key_padding(masked);
    let alibi = Mask::additive(biases.clone().unsqueeze());
    let count = padding.iter().filter(|is_padding| **is_padding).count();
    let is_last = padding.iter().rev().take(count).all(|is_padding| *is_padding);
    let of_padding = match count {
        0 => "padding: none".to_string(),
        1 if is_last => "padding: the last key".to_string(),
        _ if is_last => format!("padding: the last {count} keys"),
        _ => "padding".to_string(),
    };
    let masks = [
        ("no mask".to_string(), None, None),
        ("causal".to_string(), Some(&causal), None),
        (of_padding, None, Some(&key_padding)),
        ("causal and padding".to_string(), Some(&causal), Some(&key_padding)),
        (format!("causal and ALiBi, slope {slope}"), Some(&causal), Some(&alibi)),
    ];
    let records = masks.into_iter().map(|(name, causal, other)| {
        let mask = match (causal.cloned(), other.cloned()) {
            (Some(causal), Some(other)) => Some(causal.and(other)),
            (causal, other) => causal.or(other),
        };
        let weights = attention_weights(query.clone(), key.clone(), mask.as_ref());
        let of_other = other.map(|other| numbers(other.masked().expand([1, 1, queries, keys]).int()));
        let cell = |(query, key): (usize, usize)| match &of_other {
            _ if causal.is_some() && key > query => MaskCell::Causal, // a later key is masked as that
            Some(masked) if masked[query * keys + key] != 0.0 => MaskCell::Padding,
            _ => MaskCell::Visible,
        };
        let cells = (0..queries).flat_map(|query| (0..keys).map(move |key| (query, key))).map(cell).collect();
        let bias = other.and_then(Mask::added).cloned().map(numbers);
        let record = AttentionRecord::new(
            record.kind(),
            [1, 1, queries, keys],
            numbers(weights),
            record.query_tokens().to_vec(),
            record.key_tokens().to_vec(),
            record.origin().clone(),
        )?
        .with_mask(cells)?
        .with_projections(Projections { bias, ..of.clone() })?;
        Ok(MaskedRecord { name, record })
    });
    records.collect()
}

fn numbers<const D: usize, K: Basic>(tensor: Tensor<D, K>) -> Vec<f32> {
    tensor.into_data().iter().collect()
}
