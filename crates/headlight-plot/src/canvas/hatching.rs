use colorous::Color;
use headlight_record::MaskCell;

use crate::area::Area;
use crate::colours::palette::Palette;

/// From one line of the hatching to the next, in pixels at scale 1.
const STEP: f64 = 6.0;

/// The hatching of masked cells: lines that rise where a key comes too late, crossed lines where it is padding.
///
/// One pattern covers the page, so that neighbouring cells join without a seam.
pub(crate) struct Hatching {
    pub(crate) ground: Color,
    pub(crate) lines: Color,
    step: i32,
    thick: i32,
}

/// From one line to the next, and how thick a line is, both measured along a row of pixels.
pub(crate) fn step_and_thickness(scale: f64) -> (i32, i32) {
    let step = ((STEP * scale).round() as i32).max(3);
    (step, (step / 5).max(1))
}

impl Hatching {
    pub(crate) fn new(palette: &Palette, scale: f64) -> Self {
        let (step, thick) = step_and_thickness(scale);
        Self { ground: palette.masked, lines: palette.hatch, step, thick }
    }

    /// The lines in an area, each row of pixels by itself. Rising ones are where x + y is a multiple of the step, falling
    /// ones where x − y is.
    pub(crate) fn dashes(&self, area: Area, why: MaskCell) -> impl Iterator<Item = Area> {
        let (step, thick) = (self.step, self.thick);
        (area.top..area.bottom).flat_map(move |y| {
            let rising = Some(-y);
            let falling = (why == MaskCell::Padding).then_some(y);
            rising.into_iter().chain(falling).flat_map(move |first| {
                let begin = area.left + (first - area.left).rem_euclid(step) - step;
                (begin..area.right).step_by(step as usize).filter_map(move |x| {
                    let (left, right) = (x.max(area.left), (x + thick).min(area.right));
                    (left < right).then_some(Area { left, top: y, right, bottom: y + 1 })
                })
            })
        })
    }
}
