use std::borrow::Cow;
use std::rc::Rc;

use headlight_record::MaskCell;

/// How many rows and how many columns of values share a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl Shared {
    /// One each while cells of a pixel have room on `most` pixels. An axis that has room keeps all its positions, however long
    /// the other is.
    pub(crate) fn of(rows: usize, columns: usize, most: usize) -> Self {
        let [rows, columns] = [rows, columns].map(|count| count.div_ceil(most.max(1)).max(1));
        Self { rows, columns }
    }

    /// Whether each value has a cell of its own.
    pub(crate) fn is_one(self) -> bool {
        self.rows * self.columns == 1
    }
}

/// What the reader must know of matrices whose values share cells, so many in each matrix; nothing where none do.
pub(crate) fn shared_words(all: &[Shared], values: &str) -> Option<String> {
    let most = |of: fn(&Shared) -> usize| all.iter().map(of).max().unwrap_or(1);
    let (rows, columns) = (most(|shared| shared.rows), most(|shared| shared.columns));
    let up_to = if all.windows(2).all(|pair| pair[0] == pair[1]) { "" } else { "up to " };
    (rows * columns > 1)
        .then(|| format!("down-sampled: each cell is the largest of {up_to}{rows} × {columns} {values}"))
}

/// A matrix whose cells are the largest of the values that share them, whatever their sign, so that thin diagonals stay.
///
/// # Shapes
///
/// - values: `[rows, columns]`, row-major
/// - result: `[rows / shared.rows, columns / shared.columns]`, rounded up
pub(crate) fn shrink(values: Cow<'_, [f32]>, columns: usize, shared: Shared) -> Cow<'_, [f32]> {
    if shared.is_one() {
        return values;
    }
    let shrunk_columns = columns.div_ceil(shared.columns);
    let mut shrunk = Vec::with_capacity(shrunk_columns * values.len().div_ceil(columns * shared.rows));
    for rows in values.chunks(columns * shared.rows) {
        let begin = shrunk.len();
        shrunk.resize(begin + shrunk_columns, 0.0f32);
        for row in rows.chunks_exact(columns) {
            for (cell, values) in shrunk[begin..].iter_mut().zip(row.chunks(shared.columns)) {
                *cell = values.iter().fold(*cell, |most, value| if value.abs() > most.abs() { *value } else { most });
            }
        }
    }
    Cow::Owned(shrunk)
}

/// The mask of a shrunk matrix: a cell is masked where all that it stands for is.
pub(crate) fn shrink_mask(mask: &[MaskCell], columns: usize, shared: Shared) -> Rc<[MaskCell]> {
    if shared.is_one() {
        return mask.into();
    }
    let rows = mask.len() / columns;
    let cell = |row: usize, column: usize| {
        let rows = row * shared.rows..((row + 1) * shared.rows).min(rows);
        let columns_of = column * shared.columns..((column + 1) * shared.columns).min(columns);
        let mut cells = rows.flat_map(|row| mask[row * columns..][columns_of.clone()].iter());
        // Of several reasons the first that is not padding.
        match cells.clone().find(|cell| **cell != MaskCell::Padding) {
            None => MaskCell::Padding,
            Some(_) if cells.any(|cell| *cell == MaskCell::Visible) => MaskCell::Visible,
            Some(why) => *why,
        }
    };
    (0..rows.div_ceil(shared.rows))
        .flat_map(|row| (0..columns.div_ceil(shared.columns)).map(move |column| cell(row, column)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thin_diagonal_stays() {
        let side = 2048;
        let mut values = vec![0.0; side * side];
        for at in 0..side {
            values[at * side + at] = 1.0;
        }
        let shared = Shared::of(side, side, 1000);
        assert_eq!(shared, Shared { rows: 3, columns: 3 });
        let shrunk = shrink(Cow::Borrowed(&values), side, shared);
        let shrunk_side = side.div_ceil(3);
        assert_eq!(shrunk.len(), shrunk_side * shrunk_side);
        for (at, value) in shrunk.iter().enumerate() {
            assert_eq!(*value, if at % (shrunk_side + 1) == 0 { 1.0 } else { 0.0 });
        }
    }

    #[test]
    fn ragged_ends_and_masks() {
        let values: Vec<f32> = (0..15).map(|at| at as f32).collect(); // 3 × 5
        let two = Shared { rows: 2, columns: 2 };
        assert_eq!(*shrink(Cow::Borrowed(&values), 5, two), [6.0, 8.0, 9.0, 11.0, 13.0, 14.0]);
        use MaskCell::{Causal, Padding, Visible};
        let mask = [Visible, Causal, Padding, Visible, Visible, Padding];
        assert_eq!(*shrink_mask(&mask, 3, two), [Visible, Padding]);
        assert_eq!(*shrink_mask(&[Causal, Padding, Causal, Causal], 2, two), [Causal]);
        use MaskCell::{Masked, Window};
        assert_eq!(*shrink_mask(&[Padding, Window, Window, Masked], 2, two), [Window]);
        assert_eq!(*shrink_mask(&[Masked, Masked, Masked, Visible], 2, two), [Visible]);
    }

    #[test]
    fn a_short_axis_keeps_its_positions_beside_a_long_one() {
        let shared = Shared::of(2, 2048, 1024);
        assert_eq!(shared, Shared { rows: 1, columns: 2 });
        let values: Vec<f32> = (0..8).map(|at| at as f32).collect(); // 2 × 4
        assert_eq!(*shrink(Cow::Borrowed(&values), 4, shared), [1.0, 3.0, 5.0, 7.0]);
        use MaskCell::{Causal, Padding, Visible};
        let mask = [Causal, Causal, Padding, Visible, Padding, Padding, Visible, Causal];
        assert_eq!(*shrink_mask(&mask, 4, shared), [Causal, Visible, Padding, Visible]);
        let words = |all: &[Shared]| shared_words(all, "weights");
        assert_eq!(words(&[shared]).expect("shared"), "down-sampled: each cell is the largest of 1 × 2 weights");
        let other = Shared { rows: 3, columns: 1 };
        let both = words(&[shared, other]).expect("shared");
        assert_eq!(both, "down-sampled: each cell is the largest of up to 3 × 2 weights");
        assert_eq!(words(&[Shared::of(9, 9, 9)]), None);
    }
}
