//! Numbers on the cells of matrices.

use crate::figure::panel::Panel;
use crate::layout::style::Style;
use crate::options::Values;
use crate::text::line::Text;

/// Sizes of the numbers, in pixels at scale 1.
const LARGEST: f32 = 10.0;
const SMALLEST: f32 = 9.0;
/// The size of a weight, as a part of its cell.
const OF_CELL: f32 = 0.3;

/// Which numbers stand on cells, and how much air they have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellNumbers {
    /// All but those that would be written as 0.00, which a glance at a heatmap needs least.
    ButTheSmallest,
    /// All, closer to each other: matrices to calculate with.
    All,
    /// None: they would cover what the cells lie on.
    Never,
}

impl CellNumbers {
    /// The numbers of panels whose cells are equally large and each have one value. There are none at all where one of them
    /// has no room, since those that have would tell half the story.
    pub(crate) fn on_cells(self, style: &Style<'_>, panels: &[Panel<'_>]) -> Vec<Text> {
        let shown = || panels.iter().flat_map(|panel| self.shown(panel));
        let Some(cell) = panels.first().map(|panel| panel.cell) else { return Vec::new() };
        let sizes = self.sizes(style, cell);
        if style.options.values == Values::Never || sizes.is_empty() {
            return Vec::new();
        }
        // Digits are equally wide, so that all numbers from 0 to 1 are as wide as one; others are measured each.
        let from_0_to_1 = shown().any(|shown| (0.0..1.0).contains(&shown.value)).then(|| "0.00".to_string());
        let others = shown().filter(|shown| !(0.0..1.0).contains(&shown.value)).map(|shown| written(shown.value));
        let words: Vec<String> = from_0_to_1.into_iter().chain(others).collect();
        let fits =
            |(size, room): &(f32, f32)| words.iter().all(|words| style.pen.length(words, style.size(*size)) <= *room);
        let Some((size, _)) = sizes.into_iter().find(fits) else { return Vec::new() };
        let number = |Shown { panel, at, value }: Shown<'_>| {
            let ink = panel.shade.ink_on(panel.shade.index(value)?);
            let (x, y) = panel.cell(at / panel.columns, at % panel.columns).middle();
            Some(style.coloured(&written(value), size, ink).centred_at_x(x).centred_at_y(y))
        };
        shown().filter_map(number).collect()
    }

    /// The values that are to be written: none that is masked, and none that has no colour.
    fn shown<'p>(self, panel: &'p Panel<'p>) -> impl Iterator<Item = Shown<'p>> {
        let values = panel.values.iter().enumerate().map(move |(at, value)| Shown { panel, at, value: *value });
        values.filter(move |Shown { at, value, .. }| {
            let is_large = self == Self::All || value.abs() >= 0.005;
            is_large && panel.masked(at / panel.columns, at % panel.columns).is_none()
        })
    }

    /// The sizes that cells of this width and height have room for, the larger first, and how long a number may be.
    fn sizes(self, style: &Style<'_>, (width, height): (i32, i32)) -> Vec<(f32, f32)> {
        match self {
            Self::ButTheSmallest => {
                let size = LARGEST.min(OF_CELL * width as f32 / style.scale as f32);
                let fits = size >= SMALLEST && height >= style.px(16.0);
                fits.then_some((size, (width - style.px(7.0)) as f32)).into_iter().collect()
            }
            Self::Never => Vec::new(),
            Self::All => {
                let fits = |size: &f32| style.size(*size) <= (height - style.px(5.0)) as f32;
                let sizes = [LARGEST, SMALLEST].into_iter().filter(fits);
                sizes.map(|size| (size, (width - style.px(4.0)) as f32)).collect()
            }
        }
    }
}

/// A value of a panel, at a cell of it.
#[derive(Clone, Copy)]
struct Shown<'p> {
    panel: &'p Panel<'p>,
    at: usize,
    value: f32,
}

/// A number on its cell: two digits after the point, and none for those that would not fit so.
fn written(value: f32) -> String {
    let text = if value.abs() < 99.5 { format!("{value:.2}") } else { format!("{value:.0}") };
    let is_zero = text.bytes().all(|byte| !(b'1'..=b'9').contains(&byte));
    if is_zero { text.replace('-', "") } else { text.replace('-', "−") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::PlotOptions;
    use crate::text::pen::Pen;

    #[test]
    fn numbers_have_two_digits_or_none() {
        for (value, words) in [
            (0.0, "0.00"),
            (0.126, "0.13"),
            (-0.5, "−0.50"),
            (-0.004, "0.00"),
            (99.4, "99.40"),
            (-99.6, "−100"),
            (12345.6, "12346"),
        ] {
            assert_eq!(written(value), words);
        }
    }

    #[test]
    fn numbers_from_0_to_1_are_equally_long() {
        let pen = Pen::new([], &PlotOptions::default()).expect("the font is good");
        for size in [2.25, 9.0, 9.3, 10.0, 23.0] {
            let length = pen.length("0.00", size);
            for hundredths in 0..=100 {
                assert_eq!(pen.length(&written(hundredths as f32 / 100.0), size), length);
            }
        }
    }
}
