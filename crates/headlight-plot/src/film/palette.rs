use std::collections::HashMap;

use colorous::Color;

use crate::colours::palette::Palette;
use crate::colours::shade::Shade;

/// The number of the colour that lets the frame before show through.
pub(super) const TRANSPARENT: u8 = 255;
/// As many colours as have a number beside it.
const COLOURS: usize = 255;
/// Steps from paper to ink at the edge of a letter.
const EDGE: u32 = 8;

/// The commonest colours of a film. Others, at soft edges of text, become the nearest of these.
#[derive(Default)]
pub(super) struct FilmPalette {
    counts: HashMap<[u8; 3], usize>,
    colours: Vec<[u8; 3]>,
    numbers: HashMap<[u8; 3], u8>,
}

impl FilmPalette {
    pub(super) fn count(&mut self, pixels: &[u8]) {
        for run in pixels.as_chunks::<3>().0.chunk_by(|a, b| a == b) {
            *self.counts.entry(run[0]).or_default() += run.len();
        }
    }

    /// Chooses the colours, once all are counted: those of paper and ink first, with the soft edges between them, then every
    /// second one of the weights, so that none jumps, and then the commonest.
    pub(super) fn settle(&mut self, palette: &Palette, shade: &Shade) {
        let Palette { paper, ink, faint, tick, masked, hatch, outline, .. } = *palette;
        self.colours = [paper, ink, faint, tick, masked, hatch, outline].map(|Color { r, g, b }| [r, g, b]).to_vec();
        for (ink, step) in [ink, faint].into_iter().flat_map(|ink| (1..EDGE).map(move |step| (ink, step))) {
            let mixed = |a: u8, b: u8| ((u32::from(a) * step + u32::from(b) * (EDGE - step)) / EDGE) as u8;
            self.colours.push([mixed(ink.r, paper.r), mixed(ink.g, paper.g), mixed(ink.b, paper.b)]);
        }
        let weights = (0..u8::MAX).step_by(2).chain([u8::MAX]).map(|index| shade.numbered(index));
        self.colours.extend(weights.map(|Color { r, g, b }| [r, g, b]));
        let mut counted: Vec<_> = self.counts.drain().collect();
        counted.sort_unstable_by_key(|(colour, count)| (std::cmp::Reverse(*count), *colour));
        for (colour, _) in &counted {
            if self.colours.len() < COLOURS && !self.colours.contains(colour) {
                self.colours.push(*colour);
            }
        }
        for (colour, _) in counted {
            let distance = |other: &[u8; 3]| -> u32 {
                colour.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
            };
            let nearest = (0..self.colours.len()).min_by_key(|at| distance(&self.colours[*at])).unwrap_or(0);
            self.numbers.insert(colour, nearest as u8);
        }
    }

    /// The number of each pixel's colour.
    pub(super) fn indices(&self, pixels: &[u8]) -> Vec<u8> {
        let mut indices = Vec::with_capacity(pixels.len() / 3);
        for run in pixels.as_chunks::<3>().0.chunk_by(|a, b| a == b) {
            let number = self.numbers.get(&run[0]).copied().unwrap_or(0);
            indices.resize(indices.len() + run.len(), number);
        }
        indices
    }

    /// Red, green and blue of all 256 numbers.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.colours.concat();
        bytes.resize(3 * 256, 0);
        bytes
    }
}
