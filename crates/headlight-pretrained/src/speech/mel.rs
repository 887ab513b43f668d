//! Mel filters: triangles over frequencies, narrow where we hear low tones and wide above, each of the same area.
//!
//! Slaney's scale (Auditory Toolbox, 1998), as librosa and Whisper have it: linear up to 1,000 Hz, then logarithmic.

const HIGHEST: f64 = 8_000.0;
const LINEAR_UP_TO: f64 = 1_000.0;
const MELS_A_HERTZ: f64 = 3.0 / 200.0;
/// So many mels are a factor of 6.4.
const MELS_OF_FACTOR: f64 = 27.0;
const FACTOR: f64 = 6.4;

/// One triangle: its weights, from the first frequency at which there is one.
pub(super) struct Filter {
    first: usize,
    weights: Vec<f64>,
}

/// `count` filters over `bins` frequencies, which run from 0 to half the sampling rate.
pub(super) fn filters(count: usize, bins: usize, rate: u32) -> Vec<Filter> {
    let (lowest, highest) = (0.0, mel(HIGHEST));
    let corner = |at: usize| hertz(lowest + (highest - lowest) * at as f64 / (count + 1) as f64);
    let corners: Vec<f64> = (0..count + 2).map(corner).collect();
    let frequency = |bin: usize| f64::from(rate / 2) * bin as f64 / (bins - 1) as f64;
    let filter = |corners: &[f64]| {
        let [left, middle, right] = [corners[0], corners[1], corners[2]];
        let height = 2.0 / (right - left);
        let weight = |bin: usize| {
            let (rising, falling) =
                ((frequency(bin) - left) / (middle - left), (right - frequency(bin)) / (right - middle));
            height * rising.min(falling).max(0.0)
        };
        let first = (0..bins).find(|bin| weight(*bin) > 0.0).unwrap_or(bins);
        Filter { first, weights: (first..bins).map(weight).take_while(|weight| *weight > 0.0).collect() }
    };
    corners.windows(3).map(filter).collect()
}

impl Filter {
    /// How much it lets through of a power spectrum.
    pub(super) fn of(&self, powers: &[f64]) -> f64 {
        self.weights.iter().zip(&powers[self.first..]).map(|(weight, power)| weight * power).sum()
    }
}

fn mel(hertz: f64) -> f64 {
    if hertz < LINEAR_UP_TO {
        hertz * MELS_A_HERTZ
    } else {
        LINEAR_UP_TO * MELS_A_HERTZ + (hertz / LINEAR_UP_TO).ln() * MELS_OF_FACTOR / FACTOR.ln()
    }
}

fn hertz(mel: f64) -> f64 {
    let linear = LINEAR_UP_TO * MELS_A_HERTZ;
    if mel < linear { mel / MELS_A_HERTZ } else { LINEAR_UP_TO * ((mel - linear) * FACTOR.ln() / MELS_OF_FACTOR).exp() }
}
