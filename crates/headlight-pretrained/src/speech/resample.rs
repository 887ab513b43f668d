//! From one sampling rate to another, with the filter that `scipy.signal.resample_poly` has by default.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side.
const CROSSINGS: usize = 10;
/// Of the Kaiser window: how much what cannot be heard at the new rate is damped, and how steeply.
const BETA: f64 = 5.0;

/// A sound at `to` samples a second in place of `from`: as long in seconds, rounded up to a whole sample.
pub(super) fn resampled(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    let divisor = greatest_common_divisor(from, to);
    let (up, down) = ((to / divisor) as usize, (from / divisor) as usize);
    let half = CROSSINGS * up.max(down);
    let filter = low_pass(half, up);
    let count = (samples.len() * up).div_ceil(down);
    let at = |index: usize| {
        // Between the samples stand up − 1 zeros; this is where the new sample stands among them.
        let middle = index * down;
        let first = middle.saturating_sub(half).div_ceil(up);
        let last = ((middle + half) / up).min(samples.len() - 1);
        let heard = (first..=last).map(|sample| f64::from(samples[sample]) * filter[half + middle - sample * up]);
        heard.sum::<f64>() as f32
    };
    (0..count).map(at).collect()
}

/// A windowed sinc with `half` taps on each side of its middle, that lets a constant sound through `up` times as loud: of `up` places
/// one holds a sample.
fn low_pass(half: usize, up: usize) -> Vec<f64> {
    let cutoff = CROSSINGS as f64 / half as f64;
    let tap = |at: usize| {
        let from_middle = at as f64 - half as f64;
        let x = PI * cutoff * from_middle;
        let sinc = if at == half { 1.0 } else { x.sin() / x };
        sinc * bessel(BETA * (1.0 - (from_middle / half as f64).powi(2)).max(0.0).sqrt())
    };
    let mut taps: Vec<f64> = (0..=2 * half).map(tap).collect();
    let scale = up as f64 / taps.iter().sum::<f64>();
    taps.iter_mut().for_each(|tap| *tap *= scale);
    taps
}

/// The modified Bessel function of the first kind and order 0, of which a Kaiser window is made.
fn bessel(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum) = (1.0, 1.0);
    for order in 1..40 {
        term *= quarter / f64::from(order * order);
        sum += term;
    }
    sum
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
