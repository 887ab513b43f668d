use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};
use headlight_plot::{Colormap, Font, Format, FullColour, PlotOptions, Shading, Theme, Values};

/// What pictures are written as.
#[derive(Args)]
pub(crate) struct FormatArguments {
    /// Format of the files
    #[arg(long, value_enum, default_value = "png")]
    format: FormatArgument,
}

/// How pictures look, whatever they show.
#[derive(Args)]
pub(crate) struct DrawingArguments {
    /// Size of the pictures: 2 is twice as wide and high
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    scale: f64,
    /// Width of the pictures in pixels, instead of a scale
    #[arg(long, value_name = "PIXELS", conflicts_with = "scale")]
    width: Option<u32>,
    /// Colours of the background and the text
    #[arg(long, value_enum, default_value = "light")]
    theme: ThemeArgument,
    /// Colour map of the weights [default: viridis]
    #[arg(long, value_enum)]
    colormap: Option<ColormapArgument>,
    /// Title, instead of the picture's own
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Leave cells blank whose weight is below W, from 0 to 1
    #[arg(long, value_name = "W")]
    threshold: Option<f32>,
    /// Logarithmic colour scale, from 0.0001 to 1
    #[arg(long)]
    log: bool,
    /// Scale the colours of each panel to its largest weight, not to 1
    #[arg(long)]
    normalize: bool,
    /// Do not write the weights in the cells
    #[arg(long)]
    no_values: bool,
    /// Font file for characters that the built-in fonts lack; tried before the installed fonts
    #[arg(long, value_name = "FILE")]
    font: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum FormatArgument {
    /// Pixels
    Png,
    /// Shapes and text, for papers
    Svg,
}

#[derive(Clone, Copy, ValueEnum)]
enum ThemeArgument {
    /// Dark on white
    Light,
    /// Light on nearly black
    Dark,
}

#[derive(Clone, Copy, ValueEnum)]
enum ColormapArgument {
    /// Purple to yellow
    Viridis,
    /// Black to cream
    Magma,
    /// Blue to yellow, for colour-blind readers
    Cividis,
    /// White to black
    Greys,
}

impl FormatArguments {
    pub(crate) fn format(&self) -> Format {
        self.format.format()
    }
}

impl FormatArgument {
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Png => Format::Png,
            Self::Svg => Format::Svg,
        }
    }
}

impl DrawingArguments {
    /// The first flag that only heatmaps of weights have a use for.
    pub(crate) fn heatmap_flag(&self) -> Option<&'static str> {
        let given = [(self.colormap.is_some(), "--colormap"), (self.log, "--log"), (self.normalize, "--normalize")];
        given.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }

    /// The first flag that says how weights look.
    pub(crate) fn colour_flag(&self) -> Option<&'static str> {
        self.heatmap_flag().or(self.threshold.map(|_| "--threshold"))
    }

    /// The flag that needs cells.
    pub(crate) fn value_flag(&self) -> Option<&'static str> {
        self.no_values.then_some("--no-values")
    }

    pub(crate) fn options(&self) -> anyhow::Result<PlotOptions> {
        Ok(PlotOptions {
            format: Format::default(),
            scale: self.scale,
            width: self.width,
            theme: match self.theme {
                ThemeArgument::Light => Theme::Light,
                ThemeArgument::Dark => Theme::Dark,
            },
            colormap: match self.colormap.unwrap_or(ColormapArgument::Viridis) {
                ColormapArgument::Viridis => Colormap::Viridis,
                ColormapArgument::Magma => Colormap::Magma,
                ColormapArgument::Cividis => Colormap::Cividis,
                ColormapArgument::Greys => Colormap::Greys,
            },
            title: self.title.clone(),
            threshold: self.threshold,
            shading: if self.log { Shading::Logarithmic } else { Shading::Linear },
            full_colour: if self.normalize { FullColour::PanelMaximum } else { FullColour::One },
            values: if self.no_values { Values::Never } else { Values::WhereTheyFit },
            font: self.font.as_deref().map(read_font).transpose()?,
        })
    }
}

fn read_font(path: &Path) -> anyhow::Result<Font> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Font { name: path.display().to_string(), bytes: bytes.into() }),
        Err(error) => bail!("cannot use the font {}: {error}; give a TrueType or OpenType file", path.display()),
    }
}
