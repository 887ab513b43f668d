//! Sound as Whisper hears it: a WAV file → log-mel features, as transformers' `WhisperFeatureExtractor` computes them.

mod config;
mod error;
mod mel;
mod resample;
mod spectrum;
mod wav;

pub use error::SpeechError;
pub use wav::read_wav;

use config::Config;
use mel::Filter;
use spectrum::Spectrum;

/// Less power than this is none.
const LEAST_POWER: f64 = 1e-10;
/// What is so many powers of ten below the loudest is as good as silent.
const DECADES: f32 = 8.0;

/// Computes the features of sounds, as a model's `preprocessor_config.json` says.
pub struct FeatureExtractor {
    config: Config,
    spectrum: Spectrum,
    filters: Vec<Filter>,
}

/// What a model hears: the logarithm of the power in each band, frame by frame, scaled to some −1 … 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// Row-major.
    pub values: Vec<f32>,
    /// `[n_mels, frames]`
    pub shape: [usize; 2],
}

impl FeatureExtractor {
    /// From the bytes of `preprocessor_config.json`, or of `processor_config.json`, which holds the same under `feature_extractor`.
    ///
    /// # Errors
    ///
    /// When they are no JSON, or an option would change the features and is not known.
    pub fn from_json(json: &[u8]) -> Result<Self, SpeechError> {
        Ok(Self::new(Config::from_json(json)?))
    }

    /// As Whisper's models are by default, where nothing says otherwise: thirty seconds at 16 kHz, with as many bands as a model has.
    ///
    /// # Errors
    ///
    /// When there are none, or more than any model has.
    pub fn of_whisper(n_bands: usize) -> Result<Self, SpeechError> {
        Ok(Self::new(Config::with_bands(n_bands)?))
    }

    fn new(config: Config) -> Self {
        let spectrum = Spectrum::new(config.n_fft);
        let filters = mel::filters(config.feature_size, spectrum.bins(), config.sampling_rate);
        Self { config, spectrum, filters }
    }

    /// Samples a second that [`features`](Self::features) takes.
    pub fn rate(&self) -> u32 {
        self.config.sampling_rate
    }

    /// How many samples are heard; what is longer is cut off there.
    pub fn longest(&self) -> usize {
        self.config.chunk_length * self.config.sampling_rate as usize
    }

    /// `[n_mels, frames]` of any sound.
    pub fn shape(&self) -> [usize; 2] {
        [self.config.feature_size, self.longest() / self.config.hop_length]
    }

    /// The features of a sound of [`rate`](Self::rate) samples a second, which is made [`longest`](Self::longest) samples long:
    /// silence is added, or its end cut off.
    pub fn features(&self, samples: &[f32]) -> Features {
        // 1. Frames of n_fft samples, one every hop_length. The first is around sample 0, so the sound is mirrored at its ends.
        let length = self.longest();
        let mut sound = samples[..samples.len().min(length)].to_vec();
        sound.resize(length, self.config.padding_value);
        let half = self.config.n_fft / 2;
        let before = sound[1..=half].iter().rev();
        let after = sound[length - 1 - half..length - 1].iter().rev();
        let sound: Vec<f32> = before.chain(&sound).chain(after).copied().collect();

        // 2. The power in each band.
        let [bands, frames] = self.shape();
        let mut values = vec![LEAST_POWER.log10() as f32; bands * frames];
        for (frame, samples) in
            sound.windows(self.config.n_fft).step_by(self.config.hop_length).take(frames).enumerate()
        {
            if samples.iter().any(|sample| *sample != 0.0) {
                let powers = self.spectrum.powers(samples);
                for (band, filter) in self.filters.iter().enumerate() {
                    values[band * frames + frame] = filter.of(&powers).max(LEAST_POWER).log10() as f32;
                }
            }
        }

        // 3. Within eight powers of ten of the loudest, and to a scale that a model likes.
        let least = values.iter().copied().fold(f32::NEG_INFINITY, f32::max) - DECADES;
        values.iter_mut().for_each(|value| *value = (value.max(least) + 4.0) / 4.0);
        Features { values, shape: [bands, frames] }
    }
}
