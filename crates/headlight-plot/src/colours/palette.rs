use colorous::Color;

use crate::options::{Colormap, PlotOptions, Theme};

/// The colours of everything but the values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    pub(crate) paper: Color,
    pub(crate) ink: Color,
    /// Of notes.
    pub(crate) faint: Color,
    pub(crate) tick: Color,
    /// Under the hatching of masked cells.
    pub(crate) masked: Color,
    pub(crate) hatch: Color,
    /// Curves and lines, one after the other.
    pub(crate) lines: [Color; 12],
    /// Around the keys that a task needs; it stands out from every colour of the map.
    pub(crate) outline: Color,
}

impl Palette {
    pub(crate) fn of(options: &PlotOptions) -> Self {
        let outline = match options.colormap {
            Colormap::Viridis | Colormap::Cividis | Colormap::Greys => rgb(0xff3b30),
            Colormap::Magma => rgb(0x2ee6d6),
        };
        match options.theme {
            Theme::Light => Self {
                paper: rgb(0xffffff),
                ink: rgb(0x1a1a1a),
                faint: rgb(0x666666),
                tick: rgb(0x999999),
                masked: rgb(0xf3f3f3),
                hatch: rgb(0xbdbdbd),
                lines: [
                    0x3b6fb6, 0xd1651a, 0x2f8f5b, 0xb03a6f, 0x7a5cc2, 0x8a6d1f, 0x16a0b8, 0xd62728, 0x1b2a6b, 0x6e3b1c,
                    0xd068b0, 0x74787f,
                ]
                .map(rgb),
                outline,
            },
            Theme::Dark => Self {
                paper: rgb(0x15171c),
                ink: rgb(0xe8e8e8),
                faint: rgb(0xa3a7ae),
                tick: rgb(0x777c85),
                masked: rgb(0x20242b),
                hatch: rgb(0x565c66),
                lines: [
                    0x7fb0f0, 0xf2a065, 0x6fcf97, 0xe884b0, 0xb39df0, 0xd8bd6a, 0x4fd8e8, 0xf0574f, 0xf4f1de, 0xa5714a,
                    0x4f7be0, 0x8d939c,
                ]
                .map(rgb),
                outline,
            },
        }
    }
}

pub(crate) const fn rgb(hex: u32) -> Color {
    let [_, r, g, b] = hex.to_be_bytes();
    Color { r, g, b }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lightness, green to red, blue to yellow: equal distances look equal (Ottosson, 2020, https://bottosson.github.io/posts/oklab).
    fn oklab(colour: Color) -> [f64; 3] {
        let [r, g, b] = linear(colour);
        let cones = [
            0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
            0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
            0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
        ];
        let [l, m, s] = cones.map(f64::cbrt);
        [
            0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
        ]
    }

    fn linear(colour: Color) -> [f64; 3] {
        [colour.r, colour.g, colour.b].map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    #[test]
    fn lines_differ_from_each_other_and_from_the_paper() {
        for theme in [Theme::Light, Theme::Dark] {
            let palette = Palette::of(&PlotOptions { theme, ..PlotOptions::default() });
            let light = |colour| {
                let [r, g, b] = linear(colour);
                0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
            };
            for (at, line) in palette.lines.iter().enumerate() {
                let contrast = light(*line) / light(palette.paper);
                assert!(contrast.max(1.0 / contrast) >= 3.0, "{theme:?} {line:x}: {contrast}");
                for other in &palette.lines[..at] {
                    let apart =
                        oklab(*line).iter().zip(oklab(*other)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    assert!(apart >= 0.075, "{theme:?} {line:x} and {other:x}: {apart}");
                }
            }
        }
    }
}
