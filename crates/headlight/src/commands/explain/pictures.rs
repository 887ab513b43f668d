use std::path::Path;

use anyhow::bail;
use headlight_device::DeviceName;
use headlight_lens::{MaskedRecord, PAD, ScaleEntropy, scale_entropy, under_each_mask};
use headlight_plot::Scaling;
use headlight_record::AttentionRecord;

use super::{Chosen, ExplainArguments};

/// So many tokens at the end are padding where masks are shown.
const PADDED: usize = 2;

/// d_head from 1 to 512, and how many rows of how many keys each draw has.
const WIDTHS: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const QUERIES: usize = 64;
const KEYS: usize = 10;
const DRAWS: u64 = 8;

impl ExplainArguments {
    /// The chosen head's scores under each mask. Words get padding behind them; of a run's tokens the last ones are taken for
    /// padding.
    pub(super) fn masked(&self, run: Option<&Path>, chosen: &Chosen) -> anyhow::Result<Vec<(String, AttentionRecord)>> {
        let device = DeviceName::default().open()?;
        let padded_words = match (run, &self.tokens) {
            (None, Some(words)) if !words.split_whitespace().any(|word| word == PAD) => {
                Some(self.untrained(words, &vec![PAD.to_string(); PADDED])?)
            }
            _ => None,
        };
        let Chosen { record, layer, head } = chosen;
        let record = padded_words.as_ref().unwrap_or(record);
        let [.., queries, keys] = record.shape();
        if queries != keys || record.query_tokens() != record.key_tokens() {
            bail!(
                "masks are shown on self-attention: choose --kind decoder_self or encoder_self, or leave out --masks"
            );
        }
        let padding: Vec<bool> = match run {
            None => record.key_tokens().iter().map(|token| token == PAD).collect(),
            Some(_) if keys <= PADDED => {
                bail!("masks need more than {PADDED} tokens, of which the last are taken for padding")
            }
            Some(_) => (0..keys).map(|at| at + PADDED >= keys).collect(),
        };
        let masked = under_each_mask(record, *layer, *head, &padding, &device)?;
        Ok(masked.into_iter().map(|MaskedRecord { name, record }| (name, record)).collect())
    }
}

/// Entropies of random rows for each width, with and without the scale.
pub(super) fn scaling(seed: u64) -> anyhow::Result<Scaling> {
    let device = DeviceName::default().open()?;
    let draws = (0..DRAWS).map(|draw| WIDTHS.map(|width| scale_entropy(width, QUERIES, KEYS, seed, draw, &device)));
    let draws: Vec<_> = draws.collect();
    let of = |part: fn(&ScaleEntropy) -> f64| draws.iter().map(|draw| draw.iter().map(part).collect()).collect();
    Ok(Scaling {
        keys: KEYS,
        queries: QUERIES,
        widths: WIDTHS.to_vec(),
        scaled: of(|entropy| entropy.scaled),
        unscaled: of(|entropy| entropy.unscaled),
    })
}
