//! Matrices of one shape in rows and columns, with the labels of both axes beside them.

use std::borrow::Cow;

use headlight_record::MaskCell;

use crate::area::Area;
use crate::colours::shade::Shade;
use crate::figure::Figure;
use crate::layout::axis::Axis;
use crate::layout::cell_numbers::CellNumbers;
use crate::layout::shrink::Shared;

mod labels;
mod place;

/// Between two panels, in pixels at scale 1.
const PANEL_GAP: f64 = 14.0;

/// What is to be placed.
pub(crate) struct Block<'a> {
    /// `[rows of panels][panels in a row]`, each `[queries, keys]`, row-major.
    pub(crate) panels: Vec<Vec<Cow<'a, [f32]>>>,
    /// What stands before each row of panels and over each column of them; nothing where there is one panel.
    pub(crate) row_names: Vec<String>,
    pub(crate) column_names: Vec<String>,
    pub(crate) down: Axis<'a>,
    pub(crate) across: Axis<'a>,
    pub(crate) mask: Option<&'a [MaskCell]>,
    pub(crate) alignment: Option<&'a [Vec<usize>]>,
    pub(crate) shade: Shade,
    pub(crate) numbers: CellNumbers,
    pub(crate) sizes: Sizes,
}

/// How large cells and labels become, in pixels at scale 1.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    /// The longer side of a panel, if its cells can be so small and need not be larger.
    pub(crate) panel: f64,
    pub(crate) largest_cell: f64,
    /// Panels grow up to this before values share cells.
    pub(crate) largest_panel: f64,
    pub(crate) longest_label: f32,
    /// How far labels may reach beyond their panel.
    pub(crate) overhang: f64,
}

/// A block at its position: the first panel's corner is (0, 0).
pub(crate) struct Placed<'a> {
    pub(crate) figure: Figure<'a>,
    /// Around all panels.
    pub(crate) area: Area,
    pub(crate) shared: Shared,
    pub(crate) has_frames: bool,
}

impl Sizes {
    /// For one panel.
    pub(crate) const ONE: Self =
        Self { panel: 768.0, largest_cell: 56.0, largest_panel: 1024.0, longest_label: 130.0, overhang: f64::INFINITY };

    /// For `rows` × `columns` panels.
    pub(crate) fn grid(rows: usize, columns: usize) -> Self {
        let most = rows.max(columns) as f64;
        Self {
            panel: (1150.0 / most).clamp(96.0, 260.0),
            largest_cell: 40.0,
            largest_panel: (4000.0 / most).clamp(96.0, 768.0),
            longest_label: 90.0,
            overhang: PANEL_GAP / 2.0 - 2.0,
        }
    }
}
