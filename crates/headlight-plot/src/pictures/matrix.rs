use crate::colours::shade::Shade;
use crate::error::PlotError;
use crate::figure::Figure;
use crate::layout::axis::{Axis, LabelKind};
use crate::layout::block::{Block, Placed, Sizes};
use crate::layout::cell_numbers::CellNumbers;
use crate::layout::colour_bar::ColourBar;
use crate::layout::headline::add_headline;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::shrink::shared_words;
use crate::layout::style::{MARGIN, Style};

/// Numbers of any sign in rows and columns, such as position encodings: blue below zero, red above.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// What it shows.
    pub title: String,
    /// Panels side by side, each with its name, and its values `[rows, columns]`, row-major.
    pub panels: Vec<(String, Vec<f32>)>,
    /// What runs down, and the name of each row.
    pub down: (String, Vec<String>),
    /// What runs across, and the name of each column.
    pub across: (String, Vec<String>),
    /// What the values are.
    pub values: String,
}

impl Matrix {
    /// # Errors
    ///
    /// When a number is missing or not finite.
    pub(crate) fn check(&self) -> Result<(), PlotError> {
        let cells = self.down.1.len() * self.across.1.len();
        let good = |values: &Vec<f32>| values.len() == cells && values.iter().all(|value| value.is_finite());
        let fits = cells > 0 && !self.panels.is_empty() && self.panels.iter().all(|(_, values)| good(values));
        if fits { Ok(()) } else { Err(PlotError::Matrix) }
    }
}

pub(crate) fn matrix_figure<'a>(style: &Style<'_>, matrix: &'a Matrix) -> Result<Figure<'a>, PlotError> {
    let all = matrix.panels.iter().flat_map(|(_, values)| values);
    let single = matrix.panels.len() == 1;
    let block = Block {
        panels: vec![matrix.panels.iter().map(|(_, values)| values.into()).collect()],
        row_names: Vec::new(),
        column_names: matrix.panels.iter().filter(|_| !single).map(|(name, _)| name.clone()).collect(),
        down: Axis { title: &matrix.down.0, labels: &matrix.down.1, kind: kind(&matrix.down.1) },
        across: Axis { title: &matrix.across.0, labels: &matrix.across.1, kind: kind(&matrix.across.1) },
        mask: None,
        alignment: None,
        shade: Shade::signed_over(all),
        numbers: CellNumbers::ButTheSmallest,
        sizes: match matrix.panels.len() {
            1 => Sizes::ONE,
            // Two have more room than two heads of a grid, whose rows are short as well.
            2 => Sizes { panel: 480.0, ..Sizes::grid(1, 2) },
            count => Sizes::grid(1, count),
        },
    };
    let Placed { mut figure, area, shared, .. } = block.place(style)?;
    ColourBar::titled(&matrix.values).add(&mut figure, style, area, &block.shade);
    let changes = shared_words(&[shared], "values").into_iter().collect();
    add_legend(&mut figure, style, &Marks { changes, ..Marks::default() });
    add_headline(&mut figure, style, style.title(&matrix.title), "");
    Ok(figure.framed(style.px(MARGIN)))
}

fn kind(labels: &[String]) -> LabelKind {
    let counted = labels.iter().enumerate().all(|(at, label)| *label == at.to_string());
    if counted { LabelKind::Counted } else { LabelKind::Tokens }
}
