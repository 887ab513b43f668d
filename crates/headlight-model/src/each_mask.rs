use burn::tensor::{Device, Tensor, TensorData};
use headlight_record::{AttentionRecord, MaskCell, Projections, RecordError};

use crate::{Mask, alibi_biases, alibi_slopes, attention_weights};

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
/// added. The last `padded` keys are the padding. Whatever mask the record has is left aside.
///
/// # Errors
///
/// When the record does not know Q, K and V, or has not as many queries as keys.
///
/// # Panics
///
/// When `layer` or `head` is out of range, or no more than `padded` keys are there.
pub fn under_each_mask(
    record: &AttentionRecord,
    layer: usize,
    head: usize,
    padded: usize,
    device: &Device,
) -> Result<Vec<MaskedRecord>, RecordError> {
    let [.., queries, keys] = record.shape();
    if queries != keys {
        return Err(RecordError::Contents(format!(
            "a causal mask is for a sequence that looks at itself, not for {queries} queries of {keys} keys"
        )));
    }
    assert!(padded < keys, "of {keys} keys {padded} cannot be padding");
    let one = record.one_head(layer, head);
    let Some(of) = one.projections().cloned() else {
        return Err(RecordError::Contents("the record does not know what its weights came from".to_string()));
    };
    let d_head = of.d_head;
    let tensor =
        |numbers: &[f32]| Tensor::<4>::from_data(TensorData::new(numbers.to_vec(), [1, 1, keys, d_head]), device);
    let (query, key) = (tensor(&of.query), tensor(&of.key));

    let causal = || Mask::causal(keys, device);
    let is_padding: Vec<bool> = (0..keys).map(|at| at >= keys - padded).collect();
    let padding = || Mask::key_padding(Tensor::from_data(TensorData::new(is_padding.clone(), [1, keys]), device));
    let biases = alibi_biases(ALIBI_HEADS, keys, device).narrow(0, 0, 1); // [1, queries, keys]
    let alibi = Mask::additive(biases.clone().unsqueeze());

    let slope = alibi_slopes(ALIBI_HEADS)[0];
    let masks = [
        ("no mask".to_string(), None, None),
        ("causal".to_string(), Some(causal()), None),
        (format!("padding: the last {padded}"), Some(padding()), None),
        ("causal and padding".to_string(), Some(causal().and(padding())), None),
        (format!("causal and ALiBi, slope {slope}"), Some(causal().and(alibi)), Some(biases)),
    ];
    let records = masks.into_iter().map(|(name, mask, bias)| {
        let weights = attention_weights(query.clone(), key.clone(), mask.as_ref());
        let hidden = mask.map(|mask| mask.hidden().expand([1, 1, queries, keys]).into_data().iter::<bool>().collect());
        let cells = cells(hidden.unwrap_or_else(|| vec![false; queries * keys]), keys);
        let bias = bias.map(|bias| bias.into_data().iter::<f32>().collect());
        let record = AttentionRecord::new(
            record.kind(),
            [1, 1, queries, keys],
            weights.into_data().iter::<f32>().collect(),
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

/// A later key is hidden as that, if that hides it.
fn cells(hidden: Vec<bool>, keys: usize) -> Vec<MaskCell> {
    let is_causal = keys > 1 && hidden[1];
    let cell = |(at, hidden): (usize, bool)| match hidden {
        false => MaskCell::Visible,
        true if is_causal && at % keys > at / keys => MaskCell::Causal,
        true => MaskCell::Padding,
    };
    hidden.into_iter().enumerate().map(cell).collect()
}
