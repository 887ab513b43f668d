use colorous::Color;
use headlight_record::MaskCell;

use crate::area::Area;
use crate::colours::palette::Palette;

/// From one line of the hatching to the next, in pixels at scale 1.
const STEP: f64 = 6.0;

/// The hatching of masked cells: lines that rise where a key comes too late, that fall where it is outside a window, that cross where it is
/// padding, and level ones for other reasons.
///
/// One pattern covers the page, so that neighbouring cells join without a seam.
pub(crate) struct Hatching {
    pub(crate) ground: Color,
    pub(crate) lines: Color,
    step: i32,
    thick: i32,
}

/// Which lines hatch a cell.
#[derive(Clone, Copy)]
pub(crate) struct Lines {
    pub(crate) rising: bool,
    pub(crate) falling: bool,
    pub(crate) level: bool,
}

impl Lines {
    /// Those of each reason; of a cell that is not masked, none.
    pub(crate) fn of(why: MaskCell) -> Self {
        let [rising, falling, level] = match why {
            MaskCell::Visible => [false, false, false],
            MaskCell::Causal => [true, false, false],
            MaskCell::Padding => [true, true, false],
            MaskCell::Window => [false, true, false],
            MaskCell::Masked => [false, false, true],
        };
        Self { rising, falling, level }
    }
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
    /// ones where x − y is, level ones where y is.
    pub(crate) fn dashes(&self, area: Area, why: MaskCell) -> impl Iterator<Item = Area> {
        let (step, thick) = (self.step, self.thick);
        let Lines { rising, falling, level } = Lines::of(why);
        (area.top..area.bottom).flat_map(move |y| {
            let whole = (level && y.rem_euclid(step) < thick).then_some(Area { top: y, bottom: y + 1, ..area });
            let rising = rising.then_some(-y);
            let falling = falling.then_some(y);
            let sloping = rising.into_iter().chain(falling).flat_map(move |first| {
                let begin = area.left + (first - area.left).rem_euclid(step) - step;
                (begin..area.right).step_by(step as usize).filter_map(move |x| {
                    let (left, right) = (x.max(area.left), (x + thick).min(area.right));
                    (left < right).then_some(Area { left, top: y, right, bottom: y + 1 })
                })
            });
            whole.into_iter().chain(sloping)
        })
    }
}
