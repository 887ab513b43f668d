use std::borrow::Cow;
use std::rc::Rc;

use headlight_record::MaskCell;

/// How many values of a panel share a cell, on each side: 1 while cells of a pixel have room on `most` pixels.
pub(crate) fn shrink_factor(rows: usize, columns: usize, most: usize) -> usize {
    rows.max(columns).div_ceil(most.max(1)).max(1)
}

/// A matrix whose cells are the largest of `factor` × `factor` values, whatever their sign, so that thin diagonals stay.
///
/// # Shapes
///
/// - values: `[rows, columns]`, row-major
/// - result: `[rows / factor, columns / factor]`, rounded up
pub(crate) fn shrink(values: Cow<'_, [f32]>, columns: usize, factor: usize) -> Cow<'_, [f32]> {
    if factor == 1 {
        return values;
    }
    let shrunk_columns = columns.div_ceil(factor);
    let mut shrunk = Vec::with_capacity(shrunk_columns * values.len().div_ceil(columns * factor));
    for rows in values.chunks(columns * factor) {
        let begin = shrunk.len();
        shrunk.resize(begin + shrunk_columns, 0.0f32);
        for row in rows.chunks_exact(columns) {
            for (cell, values) in shrunk[begin..].iter_mut().zip(row.chunks(factor)) {
                *cell = values.iter().fold(*cell, |most, value| if value.abs() > most.abs() { *value } else { most });
            }
        }
    }
    Cow::Owned(shrunk)
}

/// The mask of a shrunk matrix: a cell is hidden where all that it stands for is.
pub(crate) fn shrink_mask(mask: &[MaskCell], columns: usize, factor: usize) -> Rc<[MaskCell]> {
    if factor == 1 {
        return mask.into();
    }
    let rows = mask.len() / columns;
    let cell = |row: usize, column: usize| {
        let rows = row * factor..((row + 1) * factor).min(rows);
        let columns_of = column * factor..((column + 1) * factor).min(columns);
        let mut cells = rows.flat_map(|row| mask[row * columns..][columns_of.clone()].iter());
        match cells.clone().find(|cell| **cell != MaskCell::Padding) {
            None => MaskCell::Padding,
            Some(_) if cells.any(|cell| *cell == MaskCell::Visible) => MaskCell::Visible,
            Some(_) => MaskCell::Causal,
        }
    };
    (0..rows.div_ceil(factor))
        .flat_map(|row| (0..columns.div_ceil(factor)).map(move |column| cell(row, column)))
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
        let factor = shrink_factor(side, side, 1000);
        assert_eq!(factor, 3);
        let shrunk = shrink(Cow::Borrowed(&values), side, factor);
        let shrunk_side = side.div_ceil(factor);
        assert_eq!(shrunk.len(), shrunk_side * shrunk_side);
        for (at, value) in shrunk.iter().enumerate() {
            assert_eq!(*value, if at % (shrunk_side + 1) == 0 { 1.0 } else { 0.0 });
        }
    }

    #[test]
    fn ragged_ends_and_masks() {
        let values: Vec<f32> = (0..15).map(|at| at as f32).collect(); // 3 × 5
        assert_eq!(*shrink(Cow::Borrowed(&values), 5, 2), [6.0, 8.0, 9.0, 11.0, 13.0, 14.0]);
        use MaskCell::{Causal, Padding, Visible};
        let mask = [Visible, Causal, Padding, Visible, Visible, Padding];
        assert_eq!(*shrink_mask(&mask, 3, 2), [Visible, Padding]);
        assert_eq!(*shrink_mask(&[Causal, Padding, Causal, Causal], 2, 2), [Causal]);
    }
}
