//! `preprocessor_config.json` of Whisper.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::SpeechError;

/// Says what class wrote it, or what follows from the other options.
const WITHOUT_EFFECT: [&str; 6] =
    ["mel_filters", "n_samples", "nb_max_frames", "padding_side", "processor_class", "return_attention_mask"];
const CLASS: &str = "WhisperFeatureExtractor";
const MOST_BANDS: usize = 1024;
const MOST_SAMPLES: usize = 1 << 24;
const MOST_VALUES: usize = 1 << 26;
const LONGEST_FRAME: usize = 4096;

/// The options, with the values that they have where none is given.
#[derive(Deserialize)]
#[serde(default)]
pub(super) struct Config {
    /// Bands.
    pub(super) feature_size: usize,
    /// Samples a second.
    pub(super) sampling_rate: u32,
    /// From one frame to the next, in samples.
    pub(super) hop_length: usize,
    /// Of what is heard, in seconds.
    pub(super) chunk_length: usize,
    /// Samples a frame.
    pub(super) n_fft: usize,
    /// What a short sound is filled up with.
    pub(super) padding_value: f32,
    /// Noise that is added.
    dither: f64,
    feature_extractor_type: String,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            feature_size: 80,
            sampling_rate: 16_000,
            hop_length: 160,
            chunk_length: 30,
            n_fft: 400,
            padding_value: 0.0,
            dither: 0.0,
            feature_extractor_type: CLASS.to_string(),
            others: Map::new(),
        }
    }
}

impl Config {
    pub(super) fn from_json(json: &[u8]) -> Result<Self, SpeechError> {
        let mut json: Value = serde_json::from_slice(json)?;
        let config = match json.get_mut("feature_extractor") {
            Some(inner) => inner.take(),
            None => json,
        };
        let config = Self::deserialize(config)?;
        config.check()?;
        Ok(config)
    }

    pub(super) fn with_bands(feature_size: usize) -> Result<Self, SpeechError> {
        let config = Self { feature_size, ..Self::default() };
        config.check()?;
        Ok(config)
    }

    /// That nothing in it is unknown, and that it asks for no more than a machine can do.
    fn check(&self) -> Result<(), SpeechError> {
        let unknown = |name: &str, value: &dyn ToString| {
            Err(SpeechError::Option { name: name.to_string(), value: value.to_string() })
        };
        if self.feature_extractor_type != CLASS {
            return unknown("feature_extractor_type", &self.feature_extractor_type);
        }
        let another = |(name, value): &(&String, &Value)| !value.is_null() && !WITHOUT_EFFECT.contains(&name.as_str());
        if let Some((name, value)) = self.others.iter().find(another) {
            return unknown(name, value);
        }
        if !(1..=MOST_BANDS).contains(&self.feature_size) {
            return unknown("feature_size", &self.feature_size);
        }
        if !(1_000..=384_000).contains(&self.sampling_rate) {
            return unknown("sampling_rate", &self.sampling_rate);
        }
        if self.n_fft < 2 || self.n_fft > LONGEST_FRAME || !self.n_fft.is_multiple_of(2) {
            return unknown("n_fft", &self.n_fft);
        }
        let length = self.chunk_length.saturating_mul(self.sampling_rate as usize);
        if length <= self.n_fft || length > MOST_SAMPLES {
            return unknown("chunk_length", &self.chunk_length);
        }
        if self.hop_length == 0
            || self.hop_length > length
            || length / self.hop_length * self.feature_size > MOST_VALUES
        {
            return unknown("hop_length", &self.hop_length);
        }
        if !self.padding_value.is_finite() {
            return unknown("padding_value", &self.padding_value);
        }
        if self.dither != 0.0 {
            return unknown("dither", &self.dither);
        }
        Ok(())
    }
}
