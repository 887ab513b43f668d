use anyhow::bail;
use headlight_device::DeviceName;
use headlight_lens::{MaskedRecord, PAD, under_each_mask};
use headlight_record::AttentionRecord;

/// This many tokens at the end are padding where masks are shown.
pub(super) const PADDED: usize = 2;

/// Which of a run's tokens are taken for padding: the last ones.
pub(super) fn last_tokens(record: &AttentionRecord) -> anyhow::Result<Vec<bool>> {
    let keys = record.key_tokens().len();
    if keys <= PADDED {
        bail!("--masks takes the last {PADDED} tokens for padding: give more than {PADDED}");
    }
    Ok((0..keys).map(|at| at + PADDED >= keys).collect())
}

/// Which words are padding.
pub(super) fn padding_words(record: &AttentionRecord) -> Vec<bool> {
    record.key_tokens().iter().map(|token| token == PAD).collect()
}

/// A head's scores under each mask.
pub(super) fn masked(
    record: &AttentionRecord,
    layer: usize,
    head: usize,
    padding: &[bool],
) -> anyhow::Result<Vec<(String, AttentionRecord)>> {
    let [.., queries, keys] = record.shape();
    if queries != keys || record.query_tokens() != record.key_tokens() {
        bail!("--masks is for self-attention: leave it out, or choose --kind decoder_self or encoder_self");
    }
    let masked = under_each_mask(record, layer, head, padding, &DeviceName::default().open()?)?;
    Ok(masked.into_iter().map(|MaskedRecord { name, record }| (name, record)).collect())
}
