/// Why a sound cannot be heard.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// Bytes that do not begin as a WAV file does.
    #[error("not a WAV file: convert the sound to WAV with 16-bit PCM samples")]
    NotWav,
    /// A WAV file that is cut off.
    #[error("damaged: the WAV file ends before {0}")]
    EndsEarly(&'static str),
    /// A WAV file with a header that no program writes.
    #[error("damaged: its header says {what} {number}")]
    Header {
        /// Of what.
        what: &'static str,
        /// How many.
        number: u32,
    },
    /// Samples that are compressed, or of a width that is not read.
    #[error(
        "holds samples of {bits} bits in the encoding {encoding}; those of 8, 16, 24 or 32 bits in PCM (1), and of 32 or 64 in \
         floating point (3), are read: convert it to 16-bit PCM"
    )]
    Encoding {
        /// The WAV format's number for it.
        encoding: u16,
        /// Bits a sample.
        bits: u16,
    },
    /// A sampling rate of no recording.
    #[error("has {0} samples a second: convert it to one from 4,000 to 384,000")]
    Rate(u32),
    /// A sample in floating point that is infinite or not a number.
    #[error("holds samples that are not finite")]
    NotFinite,
    /// A sound without a single sample.
    #[error("holds no sound")]
    Silence,
    /// A configuration that is no JSON, or whose numbers are none.
    #[error("the feature extractor's configuration cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// An option that would change the features and is not known.
    #[error("the feature extractor's option {name} = {value} is not known")]
    Option {
        /// Its name.
        name: String,
        /// What it is set to.
        value: String,
    },
}
