use std::fmt;
use std::sync::Arc;

use crate::error::PlotError;
use crate::limits::SCALES;

/// How to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotOptions {
    /// The kind of file.
    pub format: Format,
    /// Multiplies every size, text and strokes included: 2 gives the same picture with four times the pixels.
    /// From 0.25 to 32.
    pub scale: f64,
    /// The picture's width in pixels. It decides the scale then, in place of `scale`.
    pub width: Option<u32>,
    /// Dark ink on light paper, or the opposite.
    pub theme: Theme,
    /// The colours of the weights.
    pub colormap: Colormap,
    /// A title in place of the picture's own.
    pub title: Option<String>,
    /// Weights below this are left blank, and the picture says so.
    pub threshold: Option<f32>,
    /// How colours follow the weights.
    pub shading: Shading,
    /// What the last colour stands for.
    pub full_colour: FullColour,
    /// When the weights are written on their cells.
    pub values: Values,
    /// A font for the characters that the built-in fonts do not have, asked before the installed fonts.
    pub font: Option<Font>,
}

/// A font of the user's own.
#[derive(Clone, PartialEq, Eq)]
pub struct Font {
    /// What an error calls it, such as the path of its file.
    pub name: String,
    /// A TrueType or OpenType font.
    pub bytes: Arc<[u8]>,
}

impl fmt::Debug for Font {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Font({}, {} bytes)", self.name, self.bytes.len())
    }
}

/// The kind of file that a picture becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Pixels, with the fonts that are built in.
    #[default]
    Png,
    /// Shapes and selectable text, in the viewer's fonts.
    Svg,
}

/// The colours of everything but the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// For paper.
    #[default]
    Light,
    /// For dark slides.
    Dark,
}

/// The colours of the weights, from 0 to 1. All but `Greys` start dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colormap {
    /// Purple, green, yellow.
    #[default]
    Viridis,
    /// Black, red, cream.
    Magma,
    /// Blue, grey, yellow; made for colour-blind eyes.
    Cividis,
    /// White to black, for print.
    Greys,
}

/// How colours follow the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shading {
    /// In proportion.
    #[default]
    Linear,
    /// By the logarithm, from 0.0001 to 1, so that small weights can be told apart.
    Logarithmic,
}

/// What the last colour stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FullColour {
    /// A weight of 1, in every picture: colours can be compared.
    #[default]
    One,
    /// The largest weight of each panel, and the picture says so.
    PanelMaximum,
}

/// When the weights are written on their cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Values {
    /// Where the cells are wide enough. Weights below 0.005 are left out.
    #[default]
    WhereTheyFit,
    /// Never.
    Never,
}

impl Default for PlotOptions {
    fn default() -> Self {
        Self {
            format: Format::default(),
            scale: 1.0,
            width: None,
            theme: Theme::default(),
            colormap: Colormap::default(),
            title: None,
            threshold: None,
            shading: Shading::default(),
            full_colour: FullColour::default(),
            values: Values::default(),
            font: None,
        }
    }
}

impl PlotOptions {
    /// # Errors
    ///
    /// When the scale or the threshold is out of range.
    pub(crate) fn check(&self) -> Result<(), PlotError> {
        if !SCALES.contains(&self.scale) {
            return Err(PlotError::Scale { scale: self.scale });
        }
        match self.threshold {
            Some(threshold) if !(0.0..=1.0).contains(&threshold) => Err(PlotError::Threshold { threshold }),
            _ => Ok(()),
        }
    }
}

impl Format {
    /// How names of such files end: `png` or `svg`.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }
}
