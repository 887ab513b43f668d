//! The power at each frequency of a short piece of sound: a Fourier transform, written as its definition.

use std::f64::consts::TAU;

/// A transform of `length` samples under a Hann window.
///
/// 3,000 frames of 400 samples are a quarter of a billion multiplications: no fast transform is needed.
pub(super) struct Spectrum {
    length: usize,
    /// `[length / 2 + 1, bins]`: cosine and sine of each frequency at each sample, under the window.
    waves: Vec<[f64; 2]>,
}

impl Spectrum {
    /// `length` is even.
    pub(super) fn new(length: usize) -> Self {
        let bins = length / 2 + 1;
        let turn = |part: usize| TAU * (part % length) as f64 / length as f64;
        let wave = |at: usize| {
            let window = 0.5 - 0.5 * turn(at).cos();
            (0..bins).map(move |bin| turn(at * bin)).map(move |angle| [window * angle.cos(), window * angle.sin()])
        };
        Self { length, waves: (0..=length / 2).flat_map(wave).collect() }
    }

    pub(super) fn bins(&self) -> usize {
        self.length / 2 + 1
    }

    /// The power at each frequency, from 0 to half the sampling rate.
    ///
    /// The window and the cosines are the same from both ends and the sines opposite, so that each wave meets the sum or the
    /// difference of two samples.
    pub(super) fn powers(&self, frame: &[f32]) -> Vec<f64> {
        let bins = self.bins();
        let mut parts = vec![[0.0; 2]; bins];
        for (at, waves) in self.waves.chunks_exact(bins).enumerate() {
            let (here, there) = (f64::from(frame[at]), f64::from(frame[(self.length - at) % self.length]));
            let [even, odd] = if at == 0 || 2 * at == self.length { [here, 0.0] } else { [here + there, here - there] };
            for ([real, imaginary], [cosine, sine]) in parts.iter_mut().zip(waves) {
                *real += even * cosine;
                *imaginary += odd * sine;
            }
        }
        parts.iter().map(|[real, imaginary]| real * real + imaginary * imaginary).collect()
    }
}
