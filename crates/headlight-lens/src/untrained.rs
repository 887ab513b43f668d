use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use headlight_model::{Architecture, Tokens, TransformerConfig, record_trace};
use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin};

use crate::LensError;

/// The token that stands for no word: it fills a sentence up, and is masked.
pub const PAD: &str = "PAD";

/// Width of the one head: few enough numbers to be written on a page.
const D_HEAD: usize = 4;

/// A model of one layer and one head over any words, with its initial parameters: what attention computes can be seen on it,
/// and nothing that was learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untrained {
    /// Which attention is looked at. A decoder alone has its self-attention; the others belong to an encoder–decoder.
    pub kind: AttentionKind,
    /// The words that look; [`PAD`] is padding.
    pub query_words: Vec<String>,
    /// The words that are looked at: for self-attention the same ones.
    pub key_words: Vec<String>,
    /// Seed of the weights.
    pub seed: u64,
}

impl Untrained {
    /// What the words attend to, and what the weights came from: one layer, one head, d_head 4.
    ///
    /// # Errors
    ///
    /// When there are no words, or self-attention is to attend to other words than those that attend.
    pub fn record(&self, device: &Device) -> Result<AttentionRecord, LensError> {
        let Self { kind, query_words, key_words, seed } = self;
        if query_words.is_empty() || key_words.is_empty() {
            return Err(LensError::NoWords);
        }
        if *kind != AttentionKind::Cross && query_words != key_words {
            return Err(LensError::OtherWords);
        }
        let architecture = match kind {
            AttentionKind::DecoderSelf => Architecture::Decoder,
            AttentionKind::EncoderSelf | AttentionKind::Cross => Architecture::EncoderDecoder,
        };
        // Padding is always there, so that filling a sentence up changes no weight.
        let padding = PAD.to_string();
        let mut vocabulary: Vec<&String> = query_words.iter().chain(key_words).chain([&padding]).collect();
        vocabulary.sort();
        vocabulary.dedup();
        let config = TransformerConfig {
            architecture,
            max_length: query_words.len().max(key_words.len()),
            d_model: D_HEAD,
            n_heads: 1,
            n_layers: 1,
            d_ff: D_HEAD,
            seed: *seed,
            ..TransformerConfig::decoder(vocabulary.len())
        };
        let tokens = |words: &[String]| {
            let number = |word| vocabulary.binary_search(&word).expect("every word is in it") as i64;
            let ids = TensorData::new(words.iter().map(number).collect::<Vec<_>>(), [1, words.len()]);
            let padding = TensorData::new(words.iter().map(|word| word == PAD).collect::<Vec<_>>(), [1, words.len()]);
            Tokens {
                padding: Some(Tensor::<2, Bool>::from_data(padding, device)),
                ..Tensor::<2, Int>::from_data(ids, device).into()
            }
        };
        let source = (architecture == Architecture::EncoderDecoder).then(|| tokens(key_words));
        let output = config.init(device).trace(source.as_ref(), &tokens(query_words), &[]);
        let origin = Origin { task: String::new(), model: format!("an untrained model, seed {seed}"), step: None };
        let record = record_trace(*kind, &output.attention(*kind), 0, query_words.clone(), key_words.clone(), origin)?;
        Ok(record.with_mask(self.mask())?)
    }

    /// A later word is masked as that, whether it is padding or not.
    fn mask(&self) -> Vec<MaskCell> {
        let is_causal = self.kind == AttentionKind::DecoderSelf;
        let cell = |query: usize, key: usize| match &self.key_words[key] {
            _ if is_causal && key > query => MaskCell::Causal,
            word if word == PAD => MaskCell::Padding,
            _ => MaskCell::Visible,
        };
        let keys = self.key_words.len();
        (0..self.query_words.len()).flat_map(|query| (0..keys).map(move |key| cell(query, key))).collect()
    }
}
