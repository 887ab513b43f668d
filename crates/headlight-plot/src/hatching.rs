use std::ops::Range;

use headlight_record::MaskCell;

use crate::colours::Palette;

/// From one line of the hatching to the next, in pixels at scale 1.
const STEP: f64 = 6.0;

/// The hatching of hidden cells: lines that rise where a key comes too late, crossed lines where it is padding.
///
/// One pattern covers the page, so that neighbouring cells join without a seam.
pub(crate) struct Hatching {
    step: i32,
    page_width: usize,
    /// For each reason `step` lines of pixels over the whole page.
    causal: Vec<u8>,
    padding: Vec<u8>,
}

/// From one line to the next, and how thick a line is, both measured along a row of pixels.
pub(crate) fn step_and_thickness(scale: f64) -> (i32, i32) {
    let step = ((STEP * scale).round() as i32).max(3);
    (step, (step / 5).max(1))
}

impl Hatching {
    pub(crate) fn new(page_width: i32, palette: &Palette, scale: f64) -> Self {
        let (step, thick) = step_and_thickness(scale);
        let lines = |crossed: bool| {
            let places = (0..step).flat_map(|y| (0..page_width).map(move |x| (x, y)));
            let on = move |(x, y): (i32, i32)| (x + y) % step < thick || crossed && (x - y).rem_euclid(step) < thick;
            places
                .flat_map(|place| {
                    let colour = if on(place) { palette.hatch } else { palette.hidden };
                    [colour.r, colour.g, colour.b]
                })
                .collect()
        };
        Self { step, page_width: page_width as usize, causal: lines(false), padding: lines(true) }
    }

    /// The pixels of the pattern at `y`, from left to right.
    pub(crate) fn line(&self, why: MaskCell, y: i32, columns: Range<i32>) -> &[u8] {
        let pattern = if why == MaskCell::Padding { &self.padding } else { &self.causal };
        let begin = y.rem_euclid(self.step) as usize * self.page_width;
        &pattern[3 * (begin + columns.start as usize)..3 * (begin + columns.end as usize)]
    }
}
