//! Pillow's resize, to the bit: each axis by itself, with coefficients of 22 bits behind the point, rounded to 8 bits in between.
//!
//! After `libImaging/Resample.c` of Pillow, whose filters widen where a picture shrinks, so that every pixel counts.

use serde::Deserialize;

use super::rgb::Rgb;

/// Of the 32 bits of a sum, 8 are the pixel's and 2 are for what overshoots.
const PRECISION: u32 = 32 - 8 - 2;

/// A filter, by its number in Pillow.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "u8")]
pub(super) enum Filter {
    Lanczos,
    Bilinear,
    Bicubic,
}

impl TryFrom<u8> for Filter {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            1 => Ok(Self::Lanczos),
            2 => Ok(Self::Bilinear),
            3 => Ok(Self::Bicubic),
            _ => Err(format!("resample is 1 (Lanczos), 2 (bilinear) or 3 (bicubic), not {number}")),
        }
    }
}

impl Filter {
    /// How far it reaches, in pixels.
    fn support(self) -> f64 {
        match self {
            Self::Lanczos => 3.0,
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
        }
    }

    fn at(self, x: f64) -> f64 {
        let distance = x.abs();
        match self {
            _ if distance >= self.support() => 0.0,
            Self::Lanczos => sinc(x) * sinc(x / 3.0),
            Self::Bilinear => 1.0 - distance,
            // Keys' cubic with a = −0.5.
            Self::Bicubic if distance < 1.0 => (1.5 * distance - 2.5) * distance * distance + 1.0,
            Self::Bicubic => ((distance - 5.0) * distance + 8.0) * distance * -0.5 + 2.0,
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x) }
}

/// The picture so high and so wide.
pub(super) fn resized(picture: &Rgb, height: usize, width: usize, filter: Filter) -> Rgb {
    let mut bytes = picture.bytes.clone();
    if width != picture.width {
        let taps = taps(picture.width, width, filter);
        // Of a row, pixels follow each other.
        bytes =
            bytes.chunks_exact(3 * picture.width).flat_map(|row| taps.iter().flat_map(|tap| tap.of(row, 3))).collect();
    }
    if height != picture.height {
        let taps = taps(picture.height, height, filter);
        let row = 3 * width;
        let rows = taps.iter().flat_map(|tap| (0..width).flat_map(|column| tap.of(&bytes[3 * column..], row)));
        bytes = rows.collect();
    }
    Rgb { width, height, bytes }
}

/// What one new pixel is made of: so much of each old one, from the first on.
struct Tap {
    first: usize,
    parts: Vec<i32>,
}

impl Tap {
    /// Red, green and blue of the new pixel, from old ones that are `step` bytes apart.
    fn of(&self, pixels: &[u8], step: usize) -> [u8; 3] {
        let mut sums = [1i32 << (PRECISION - 1); 3];
        for (at, part) in self.parts.iter().enumerate() {
            let pixel = &pixels[(self.first + at) * step..][..3];
            for (sum, channel) in sums.iter_mut().zip(pixel) {
                *sum += i32::from(*channel) * part;
            }
        }
        sums.map(|sum| (sum >> PRECISION).clamp(0, 255) as u8)
    }
}

fn taps(from: usize, to: usize, filter: Filter) -> Vec<Tap> {
    let scale = from as f64 / to as f64;
    let widened = scale.max(1.0);
    let reach = filter.support() * widened;
    let tap = |at: usize| {
        let center = (at as f64 + 0.5) * scale;
        // Both are cut off towards zero, and neither lies beyond the picture.
        let first = (center - reach + 0.5).max(0.0) as usize;
        let end = ((center + reach + 0.5) as usize).min(from);
        let weights: Vec<f64> =
            (first..end).map(|pixel| filter.at((pixel as f64 - center + 0.5) * (1.0 / widened))).collect();
        let sum: f64 = weights.iter().sum();
        let whole = |weight: &f64| {
            let part = if sum == 0.0 { *weight } else { weight / sum } * f64::from(1 << PRECISION);
            (part + 0.5f64.copysign(part)) as i32
        };
        Tap { first, parts: weights.iter().map(whole).collect() }
    };
    (0..to).map(tap).collect()
}
