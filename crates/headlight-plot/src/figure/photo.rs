//! Pictures from outside: what a model was shown, with attention over it.

use std::rc::Rc;

use crate::area::Area;

/// A picture, stretched over an area.
pub(crate) struct Photo {
    pub(crate) area: Area,
    pub(crate) raster: Rc<Raster>,
}

/// Pixels of 8 bits a channel.
pub(crate) struct Raster {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// `[height, width, 3]`: red, green and blue.
    pub(crate) bytes: Vec<u8>,
}

impl Raster {
    /// In grey, as light as its colours are, so that all colour over it is the weights'.
    pub(crate) fn grey(&self) -> Self {
        let level = |pixel: &[u8]| {
            let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
            ((299 * red + 587 * green + 114 * blue + 500) / 1000) as u8
        };
        Self { bytes: self.bytes.chunks_exact(3).flat_map(|pixel| [level(pixel); 3]).collect(), ..*self }
    }

    /// So wide and so high; each new pixel is the mean of what it covers of the old ones.
    pub(crate) fn stretched(&self, width: usize, height: usize) -> Vec<u8> {
        let (columns, rows) = (covered(self.width, width), covered(self.height, height));
        let mut stretched = Vec::with_capacity(3 * width * height);
        for (top, down) in &rows {
            for (left, across) in &columns {
                let mut sums = [0.0f32; 3];
                for (row, part) in down.iter().enumerate() {
                    let pixels = &self.bytes[3 * ((top + row) * self.width + left)..];
                    for (pixel, share) in pixels.chunks_exact(3).zip(across) {
                        for (sum, level) in sums.iter_mut().zip(pixel) {
                            *sum += part * share * f32::from(*level);
                        }
                    }
                }
                stretched.extend(sums.map(|sum| sum.round() as u8));
            }
        }
        stretched
    }
}

/// For each of `to` pixels, the first of `from` that it covers, and how much of it each of those is.
fn covered(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f64 / to as f64;
    let pixel = |at: usize| {
        let (begin, end) = (at as f64 * scale, (at + 1) as f64 * scale);
        let first = (begin as usize).min(from - 1);
        let last = (end.ceil() as usize).clamp(first + 1, from);
        let part = |old: usize| ((end.min((old + 1) as f64) - begin.max(old as f64)).max(0.0) / scale) as f32;
        (first, (first..last).map(part).collect())
    };
    (0..to).map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_repeated_or_averaged() {
        let grey = |levels: &[u8]| levels.iter().flat_map(|level| [*level; 3]).collect::<Vec<_>>();
        let raster = Raster { width: 2, height: 1, bytes: grey(&[0, 90]) };
        assert_eq!(raster.stretched(4, 2), grey(&[0, 0, 90, 90, 0, 0, 90, 90]));
        assert_eq!(raster.stretched(1, 1), grey(&[45]));
        assert_eq!(raster.stretched(3, 1), grey(&[0, 45, 90]));
        let coloured = Raster { width: 1, height: 1, bytes: vec![255, 0, 0] };
        assert_eq!(coloured.grey().bytes, [76; 3]);
    }
}
