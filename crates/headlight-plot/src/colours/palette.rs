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
    pub(crate) lines: [Color; 6],
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
                lines: [0x3b6fb6, 0xd1651a, 0x2f8f5b, 0xb03a6f, 0x7a5cc2, 0x8a6d1f].map(rgb),
                outline,
            },
            Theme::Dark => Self {
                paper: rgb(0x15171c),
                ink: rgb(0xe8e8e8),
                faint: rgb(0xa3a7ae),
                tick: rgb(0x777c85),
                masked: rgb(0x20242b),
                hatch: rgb(0x565c66),
                lines: [0x7fb0f0, 0xf2a065, 0x6fcf97, 0xe884b0, 0xb39df0, 0xd8bd6a].map(rgb),
                outline,
            },
        }
    }
}

pub(crate) const fn rgb(hex: u32) -> Color {
    let [_, r, g, b] = hex.to_be_bytes();
    Color { r, g, b }
}
