//! WAV: a list of chunks, of which one says what a sample is and one holds the samples.

use super::error::SpeechError;
use super::resample::resampled;

const PCM: u16 = 1;
const FLOAT: u16 = 3;
/// The encoding stands further back.
const EXTENSIBLE: u16 = 0xfffe;
/// A program that writes into a pipe does not know how much there will be, and writes about such a length: all that follows.
const UNKNOWN_LENGTH: u32 = 0x7fff_0000;
const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// Reads a WAV file as one channel at `rate` samples a second: channels are averaged, other rates resampled.
///
/// Samples are of 8, 16, 24 or 32 bits in PCM, or of 32 or 64 in floating point, and run from −1 to 1.
///
/// # Errors
///
/// When the bytes are no such file, or end before what its header declares. No more memory is taken than 16 bytes for each byte of
/// the file, whatever its header declares, and times as much as `rate` is larger than its own.
pub fn read_wav(bytes: &[u8], rate: u32) -> Result<Vec<f32>, SpeechError> {
    let (format, data) = chunks(bytes)?;
    let samples = mono(data, format)?;
    Ok(if format.rate == rate { samples } else { resampled(&samples, format.rate, rate) })
}

/// What a sample is.
#[derive(Clone, Copy)]
struct Format {
    encoding: u16,
    channels: usize,
    rate: u32,
    /// Bytes of one sample of one channel.
    size: usize,
}

/// The format and the bytes of all samples.
fn chunks(bytes: &[u8]) -> Result<(Format, &[u8]), SpeechError> {
    let is_wav = matches!(bytes.get(..4), Some(b"RIFF")) && matches!(bytes.get(8..12), Some(b"WAVE"));
    if !is_wav {
        return Err(SpeechError::NotWav);
    }
    let (mut rest, mut format) = (&bytes[12..], None);
    while let Some((head, body)) = rest.split_at_checked(8) {
        let declared = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let length = declared as usize;
        match (&head[..4], format) {
            (b"fmt ", _) => {
                format = Some(Format::read(body.get(..length).ok_or(SpeechError::EndsEarly("its format"))?)?)
            }
            (b"data", Some(format)) if declared >= UNKNOWN_LENGTH => {
                return Ok((format, body.get(..length).unwrap_or(body)));
            }
            (b"data", Some(format)) => {
                let data = body.get(..length).ok_or(SpeechError::EndsEarly("its last sample"))?;
                return Ok((format, data));
            }
            _ => {}
        }
        // A chunk of an odd length is followed by one byte of nothing.
        rest = body.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    Err(SpeechError::EndsEarly(if format.is_none() { "its format" } else { "its samples" }))
}

impl Format {
    fn read(chunk: &[u8]) -> Result<Self, SpeechError> {
        let two = |at: usize| chunk.get(at..at + 2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
        let fields = (two(0), two(2), two(4), two(6), two(12), two(14));
        let (Some(encoding), Some(channels), Some(low), Some(high), Some(block), Some(bits)) = fields else {
            return Err(SpeechError::EndsEarly("its format"));
        };
        let encoding = if encoding == EXTENSIBLE { two(24).unwrap_or(encoding) } else { encoding };
        let rate = u32::from(low) | u32::from(high) << 16;
        if !RATES.contains(&rate) {
            return Err(SpeechError::Rate(rate));
        }
        if channels == 0 {
            return Err(SpeechError::Header { what: "channels", number: 0 });
        }
        // A sample of 12 bits stands in the upper ones of two bytes.
        let size = block / channels;
        let fits = block % channels == 0 && u32::from(size) * 8 < u32::from(bits) + 8 && bits <= 8 * size;
        match (encoding, size) {
            (PCM | FLOAT, _) if !fits => Err(SpeechError::Header { what: "bytes a block", number: block.into() }),
            (PCM, 1..=4) | (FLOAT, 4 | 8) => Ok(Self { encoding, channels: channels.into(), rate, size: size.into() }),
            _ => Err(SpeechError::Encoding { encoding, bits }),
        }
    }

    /// One sample of one channel, from −1 to 1.
    fn decode(self, bytes: &[u8]) -> f32 {
        match (self.encoding, bytes) {
            (PCM, [a]) => (f32::from(*a) - 128.0) / 128.0,
            (PCM, [a, b]) => f32::from(i16::from_le_bytes([*a, *b])) / 32_768.0,
            (PCM, [a, b, c]) => (i32::from_le_bytes([0, *a, *b, *c]) >> 8) as f32 / 8_388_608.0,
            (PCM, [a, b, c, d]) => i32::from_le_bytes([*a, *b, *c, *d]) as f32 / 2_147_483_648.0,
            (_, [a, b, c, d]) => f32::from_le_bytes([*a, *b, *c, *d]),
            (_, bytes) => bytes.try_into().map_or(f32::NAN, |bytes| f64::from_le_bytes(bytes) as f32),
        }
    }
}

/// The mean of all channels. A last block that is cut off is left out.
fn mono(data: &[u8], format: Format) -> Result<Vec<f32>, SpeechError> {
    let mean = |block: &[u8]| {
        let sum: f32 = block.chunks_exact(format.size).map(|sample| format.decode(sample)).sum();
        sum / format.channels as f32
    };
    let samples: Vec<f32> = data.chunks_exact(format.size * format.channels).map(mean).collect();
    match samples.iter().find(|sample| !sample.is_finite()) {
        Some(_) => Err(SpeechError::NotFinite),
        None if samples.is_empty() => Err(SpeechError::Silence),
        None => Ok(samples),
    }
}
