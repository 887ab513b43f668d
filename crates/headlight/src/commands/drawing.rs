use std::path::PathBuf;

use clap::{Args, ValueEnum};
use headlight_plot::{Colormap, Format, FullColour, PlotOptions, Shading, Theme, Values};

/// How pictures look, whatever they show.
#[derive(Args)]
pub(crate) struct DrawingArguments {
    /// Kind of the files
    #[arg(long, value_enum, default_value = "png")]
    format: FormatArgument,
    /// Size of the pictures: 2 has twice as many pixels a side
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    scale: f64,
    /// Width of the pictures in pixels, in place of a scale
    #[arg(long, value_name = "PIXELS", conflicts_with = "scale")]
    width: Option<u32>,
    /// Colours of paper and ink
    #[arg(long, value_enum, default_value = "light")]
    theme: ThemeArgument,
    /// Colours of the weights
    #[arg(long, value_enum, default_value = "viridis")]
    colormap: ColormapArgument,
    /// A title in place of the picture's own
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Leave weights below this blank, from 0 to 1
    #[arg(long, value_name = "W")]
    threshold: Option<f32>,
    /// Logarithmic colours, from 0.0001 to 1
    #[arg(long)]
    log: bool,
    /// Give the last colour to each panel's largest weight, not to 1
    #[arg(long)]
    normalize: bool,
    /// Do not write the weights on their cells
    #[arg(long)]
    no_values: bool,
    /// Font file for characters that the built-in fonts do not have; asked before the installed fonts
    #[arg(long, value_name = "FILE")]
    font: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatArgument {
    /// Pixels
    Png,
    /// Shapes and text, for papers
    Svg,
}

#[derive(Clone, Copy, ValueEnum)]
enum ThemeArgument {
    /// Dark ink on white
    Light,
    /// Light ink on nearly black
    Dark,
}

#[derive(Clone, Copy, ValueEnum)]
enum ColormapArgument {
    /// Purple to yellow
    Viridis,
    /// Black to cream
    Magma,
    /// Blue to yellow, for colour-blind eyes
    Cividis,
    /// White to black
    Greys,
}

impl DrawingArguments {
    pub(crate) fn options(&self) -> PlotOptions {
        PlotOptions {
            format: match self.format {
                FormatArgument::Png => Format::Png,
                FormatArgument::Svg => Format::Svg,
            },
            scale: self.scale,
            width: self.width,
            theme: match self.theme {
                ThemeArgument::Light => Theme::Light,
                ThemeArgument::Dark => Theme::Dark,
            },
            colormap: match self.colormap {
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
            font: self.font.clone(),
        }
    }
}
