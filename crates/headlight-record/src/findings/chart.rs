use serde::{Deserialize, Serialize};

use crate::Head;

/// Numbers to be drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "chart", rename_all = "lowercase")]
pub enum Chart {
    /// Numbers in rows and columns: a heatmap.
    Grid(Grid),
    /// Numbers that belong to one thing each.
    Bars(Bars),
    /// Numbers over steps.
    Curves(Curves),
    /// One number for each pair of settings.
    Cells(Cells),
}

/// Numbers in rows and columns, in one panel or in several alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// What the file of its picture is called, without extension: `patch_stream`.
    pub name: String,
    /// What it shows, over how many examples.
    pub title: String,
    /// What the numbers are, for the colour bar.
    pub quantity: String,
    /// Which colours.
    pub scale: Scale,
    /// What runs down.
    pub down: Axis,
    /// What runs across.
    pub across: Axis,
    /// Each panel's name, and its numbers `[rows, columns]`, row-major.
    pub panels: Vec<(String, Vec<f64>)>,
}

/// What numbers are coloured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// From 0 to 1, as attention weights.
    Share,
    /// Of any sign, white at 0.
    Signed,
}

/// One axis of a [`Grid`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// What it counts: `layer`, `query`.
    pub title: String,
    /// The name of each row or column.
    pub labels: Vec<String>,
}

/// Numbers that belong to one thing each, with what they add up to where they do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// What the file of its picture is called, without extension.
    pub name: String,
    /// What it shows, over how many examples.
    pub title: String,
    /// What the numbers are, for their axis.
    pub quantity: String,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

/// One number of [`Bars`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Whose number: `L0H2`.
    pub label: String,
    /// The number.
    pub value: f64,
    /// Ends of its 95 % interval, where it is a mean over examples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

/// Numbers over steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// What the file of its picture is called, without extension.
    pub name: String,
    /// What it shows, over how many examples.
    pub title: String,
    /// What the steps are: `training step`.
    pub across: String,
    /// What the numbers are.
    pub quantity: String,
    /// One line each.
    pub curves: Vec<Curve>,
    /// What the ends beside each number are.
    #[serde(default, skip_serializing_if = "Bands::is_default")]
    pub bands: Bands,
}

/// What lies around a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bands {
    /// Its 95 % interval.
    #[default]
    Intervals,
    /// Half of the numbers whose median it is.
    Quartiles,
}

impl Bands {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// One line of [`Curves`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Whose line, in words: `L0H2`, `unchanged model`.
    pub label: String,
    /// The head whose numbers these are, where they are one head's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// Step, number, and the ends of the band at it.
    pub points: Vec<(f64, f64, [f64; 2])>,
}

/// One number for each pair of settings, with a few words of what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cells {
    /// What the file of its picture is called, without extension.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// What the numbers are, for the colour bar.
    pub quantity: String,
    /// What the last colour stands for; the first is 0.
    pub most: f64,
    /// At which end the colours are bright, so that bright is good.
    pub bright: Bright,
    /// What runs down.
    pub down: Axis,
    /// What runs across.
    pub across: Axis,
    /// Row by row; `None` where there is no number.
    pub cells: Vec<Option<Numbered>>,
    /// What stands below each number.
    pub below: String,
    /// Why there is none, where there is none.
    pub absent: String,
    /// What a reader must know of the numbers, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Which numbers are good, and so bright.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bright {
    /// Large ones.
    Much,
    /// Small ones.
    Little,
}

/// A number of [`Cells`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbered {
    /// The number, not below 0.
    pub number: f64,
    /// The number as it is written.
    pub text: String,
    /// What stands under it, a line each: `17 of 20`.
    pub words: Vec<String>,
}

impl Chart {
    /// What the file of its picture is called, without extension.
    pub fn name(&self) -> &str {
        match self {
            Self::Grid(grid) => &grid.name,
            Self::Bars(bars) => &bars.name,
            Self::Curves(curves) => &curves.name,
            Self::Cells(cells) => &cells.name,
        }
    }
}
