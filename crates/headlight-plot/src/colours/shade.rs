use std::sync::Arc;

use colorous::Color;

use crate::colours::palette::rgb;
use crate::numbers::{rounded, ticks};
use crate::options::{Colormap, FullColour, PlotOptions, Shading};

/// The smallest weight that logarithmic shading tells from 0 is ten to the minus this.
const DECADES: f32 = 4.0;
/// Rounding takes weights no further beyond 1.
pub(crate) const BEYOND: f32 = 2e-3;

/// The colour of each value of a panel.
#[derive(Clone, Debug)]
pub(crate) struct Shade {
    colours: Arc<[Color; 256]>,
    low: f32,
    high: f32,
    /// The values at the ends of the colour bar.
    bar: [f32; 2],
    shading: Shading,
    /// Below it there is no colour.
    threshold: f32,
    /// Whether there are values beyond the first and the last colour.
    beyond: [bool; 2],
}

impl Shade {
    /// For weights, from 0 to 1.
    pub(crate) fn weights(options: &PlotOptions) -> Self {
        let gradient = match options.colormap {
            Colormap::Viridis => colorous::VIRIDIS,
            Colormap::Magma => colorous::MAGMA,
            Colormap::Cividis => colorous::CIVIDIS,
            Colormap::Greys => colorous::GREYS,
        };
        let threshold = options.threshold.unwrap_or(f32::NEG_INFINITY);
        Self {
            colours: sampled(gradient),
            low: 0.0,
            high: 1.0,
            bar: [0.0, 1.0],
            shading: options.shading,
            threshold,
            beyond: [false; 2],
        }
    }

    /// As [`weights`](Self::weights), from 0 to another number.
    pub(crate) fn up_to(options: &PlotOptions, most: f32) -> Self {
        Self { high: most, bar: [0.0, most], ..Self::weights(options) }
    }

    /// The same with the colours the other way round.
    pub(crate) fn reversed(self) -> Self {
        let mut colours = *self.colours;
        colours.reverse();
        Self { colours: Arc::new(colours), ..self }
    }

    /// [`signed`](Self::signed) for as far as the finite ones of these numbers reach.
    pub(crate) fn signed_over<'a>(numbers: impl Iterator<Item = &'a f32>) -> Self {
        let finite = numbers.filter(|number| number.is_finite());
        Self::signed(finite.fold([0.0; 2], |[least, most], number| [least.min(*number), most.max(*number)]))
    }

    /// For numbers of both signs, none beyond `least` and `most`: blue below zero, red above, equally strong equally far from
    /// it. The colour bar runs no further than the numbers.
    pub(crate) fn signed([least, most]: [f32; 2]) -> Self {
        let bar = if least < most { [least.min(0.0), most.max(0.0)] } else { [-1.0, 1.0] };
        // colorous runs from red to blue.
        let mut colours = *sampled(colorous::RED_BLUE);
        colours.reverse();
        let most = bar[1].max(-bar[0]);
        Self {
            colours: Arc::new(colours),
            low: -most,
            high: most,
            bar,
            shading: Shading::Linear,
            threshold: f32::NEG_INFINITY,
            beyond: [false; 2],
        }
    }

    /// The shade of one panel with these values: the same, or one whose last colour is the largest of them.
    pub(crate) fn of_panel(&self, values: &[f32], full_colour: FullColour) -> Self {
        let most = values.iter().copied().fold(0.0, f32::max);
        match full_colour {
            FullColour::PanelMaximum if most > 0.0 && self.low == 0.0 => Self { high: most, ..self.clone() },
            _ => self.clone(),
        }
    }

    /// The same for values that reach so far: where that is beyond its ends, the numbers there say that all beyond look alike.
    pub(crate) fn reaching(self, [least, most]: [f32; 2]) -> Self {
        Self { beyond: [least < self.low - BEYOND, most > self.high + BEYOND], ..self }
    }

    /// The same as it looks over a grey that is neither light nor dark.
    pub(crate) fn over_grey(self, opacity: f64) -> Self {
        let mixed = |level: u8| (opacity * f64::from(level) + (1.0 - opacity) * 128.0).round() as u8;
        let mix = |colour: &Color| Color { r: mixed(colour.r), g: mixed(colour.g), b: mixed(colour.b) };
        Self { colours: Arc::new(self.colours.each_ref().map(mix)), ..self }
    }

    /// Whether there are values beyond the ends.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.beyond.contains(&true)
    }

    /// The number of the value's colour, or `None` where it is left blank. Values beyond the ends look like the ends.
    pub(crate) fn index(&self, value: f32) -> Option<u8> {
        (value >= self.threshold).then(|| (self.part(value) * 255.0).round() as u8)
    }

    /// How far along the colours a value is, from 0 to 1.
    pub(crate) fn part(&self, value: f32) -> f32 {
        let part = (value - self.low) / (self.high - self.low);
        match self.shading {
            Shading::Linear => part.clamp(0.0, 1.0),
            Shading::Logarithmic => (1.0 + part.log10() / DECADES).clamp(0.0, 1.0),
        }
    }

    pub(crate) fn numbered(&self, index: u8) -> Color {
        self.colours[usize::from(index)]
    }

    /// Black or white, whichever can be read on the colour.
    pub(crate) fn ink_on(&self, index: u8) -> Color {
        let Color { r, g, b } = self.numbered(index);
        let light = 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b);
        if light > 140.0 { rgb(0x000000) } else { rgb(0xffffff) }
    }

    /// The colour so far up the colour bar, from 0 to 1.
    pub(crate) fn on_bar(&self, part: f32) -> Color {
        // Colours are even along the bar, whatever the shading: its ticks say what they stand for.
        let [low, high] = self.bar.map(|value| (value - self.low) / (self.high - self.low));
        self.numbered((255.0 * (low + part * (high - low))).round() as u8)
    }

    /// What stands beside the colour bar: the words, and how far up they stand.
    pub(crate) fn ticks(&self) -> Vec<(String, f32)> {
        let [low, high] = self.bar;
        let at = |value: f32| (rounded(value.into()), ((value - low) / (high - low)).clamp(0.0, 1.0));
        let mut ticks = match self.shading {
            Shading::Linear if self.low < 0.0 => {
                // Round numbers may be so far apart that a single one is among the values, which says nothing of the others.
                let few = |count: f64| ticks(low.into(), high.into(), count);
                let enough = [4.0, 5.0, 6.0, 8.0].map(few).into_iter().find(|ticks| ticks.len() > 2);
                enough.unwrap_or_else(|| few(10.0)).into_iter().map(|value| at(value as f32)).collect()
            }
            Shading::Linear => [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| at(part * high)).to_vec(),
            Shading::Logarithmic => (0..=DECADES as i32)
                .map(|decade| {
                    let words = rounded(f64::from(high) * 10f64.powi(decade - DECADES as i32));
                    (if decade == 0 { format!("≤ {words}") } else { words }, decade as f32 / DECADES)
                })
                .collect(),
        };
        if let Some((words, _)) = ticks.first_mut().filter(|_| self.beyond[0]) {
            *words = format!("≤ {words}");
        }
        if let Some((words, _)) = ticks.last_mut().filter(|_| self.beyond[1]) {
            *words = format!("≥ {words}");
        }
        ticks
    }
}

fn sampled(gradient: colorous::Gradient) -> Arc<[Color; 256]> {
    Arc::new(std::array::from_fn(|at| gradient.eval_continuous(at as f64 / 255.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shade(options: &PlotOptions) -> impl Fn(f32) -> Option<Color> + use<> {
        let shade = Shade::weights(options);
        move |value| shade.index(value).map(|index| shade.numbered(index))
    }

    #[test]
    fn colours_are_those_of_matplotlib() {
        // matplotlib 3.10: [colormaps[name](x, bytes=True)[:3] for x in (0, 0.5, 1.0)]
        // Those of cividis are a polynomial's, close enough for the eye.
        for (colormap, ends, most) in [
            (Colormap::Viridis, [0x440154, 0x21918c, 0xfde725], 2),
            (Colormap::Magma, [0x000004, 0xb73779, 0xfcfdbf], 2),
            (Colormap::Cividis, [0x00224e, 0x7d7c78, 0xfee838], 14),
        ] {
            let colour = shade(&PlotOptions { colormap, ..PlotOptions::default() });
            for (at, expected) in [0.0, 0.5, 1.0].into_iter().zip(ends.map(rgb)) {
                let got = colour(at).expect("a colour");
                let apart = |a: u8, b: u8| a.abs_diff(b) <= most;
                assert!(
                    apart(got.r, expected.r) && apart(got.g, expected.g) && apart(got.b, expected.b),
                    "{colormap:?} at {at}: {got:?}, not {expected:?}"
                );
            }
        }
    }

    #[test]
    fn logarithms_and_thresholds() {
        let log = Shade::weights(&PlotOptions { shading: Shading::Logarithmic, ..PlotOptions::default() });
        for (weight, part) in [(1.0, 1.0), (0.1, 0.75), (0.01, 0.5), (1e-4, 0.0), (1e-9, 0.0), (0.0, 0.0)] {
            assert!((log.part(weight) - part).abs() < 1e-6, "{weight}");
        }
        let colour = shade(&PlotOptions { threshold: Some(0.1), ..PlotOptions::default() });
        assert!(colour(0.0999).is_none() && colour(0.1).is_some());
    }

    #[test]
    fn a_bar_has_several_numbers() {
        for [low, high] in
            [[-4.17, 4.17], [-1.98, 2.29], [-0.3, 0.0], [-1.0, 1.0], [0.0, 7.1], [-2.01, 1.36], [-5.0, 0.4]]
        {
            let ticks = Shade::signed([low, high]).ticks();
            assert!((3..=9).contains(&ticks.len()), "{low} to {high}: {ticks:?}");
            assert!(ticks.windows(2).all(|pair| pair[0].1 < pair[1].1), "{low} to {high}: {ticks:?}");
        }
    }
}
