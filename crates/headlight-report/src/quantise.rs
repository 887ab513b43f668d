//! Numbers as fractions of their row's largest, in 16 or 8 bits. `viewer/src/data/quantised.ts` undoes it.

use crate::measures::RowMeasures;

/// Above so many numbers in a page, weights are fractions in 8 bits.
const CELLS_IN_16_BITS: usize = 10_000_000;

/// How finely weights are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bits {
    Eight,
    Sixteen,
}

impl Bits {
    /// For a page of so many weights.
    pub(crate) fn for_cells(cells: usize) -> Self {
        if cells > CELLS_IN_16_BITS { Self::Eight } else { Self::Sixteen }
    }

    pub(crate) fn count(self) -> u8 {
        match self {
            Self::Eight => 8,
            Self::Sixteen => 16,
        }
    }
}

/// Rows of weights, `[rows, columns]`: each row's largest, its sum and its entropy, then the visible cells as fractions of their
/// row's largest, row by row. All numbers are written in [`planes`].
///
/// A cell is `round(weight / largest · (2^bits − 1))`, so that a weight is off by at most half a step and the rounding of a f32.
/// Masked cells are 0 and take no room.
pub(crate) fn weights(
    weights: &[f32],
    rows: &[RowMeasures],
    is_visible: Option<&[bool]>,
    bits: Bits,
    out: &mut Vec<u8>,
) {
    let columns = weights.len() / rows.len();
    let steps = f64::from((1u32 << bits.count()) - 1);
    let cells: Vec<u16> = weights
        .chunks_exact(columns)
        .zip(rows)
        .enumerate()
        .flat_map(|(at, (row, RowMeasures { largest, .. }))| {
            let visible = is_visible.map(|visible| &visible[at * columns..][..columns]);
            let scale = if *largest > 0.0 { steps / f64::from(*largest) } else { 0.0 };
            let shown = move |column: &usize| visible.is_none_or(|visible| visible[*column]);
            (0..columns).filter(shown).map(move |column| (f64::from(row[column]) * scale).round() as u16)
        })
        .collect();
    planes(rows.iter().map(|row| row.largest.to_le_bytes()), out);
    planes(rows.iter().map(|row| (row.sum as f32).to_le_bytes()), out);
    // Fractions leave out what is less than half a step, which is much of the entropy of a row with many keys.
    planes(rows.iter().map(|row| (row.entropy as f32).to_le_bytes()), out);
    match bits {
        Bits::Eight => out.extend(cells.iter().map(|cell| *cell as u8)),
        Bits::Sixteen => planes(cells.iter().map(|cell| cell.to_le_bytes()), out),
    }
}

/// Rows of numbers of either sign: each row's largest magnitude, then its numbers as fractions of it in 16 bits,
/// `32768 + round(number / largest · 32767)`.
pub(crate) fn signed(numbers: &[f32], columns: usize, out: &mut Vec<u8>) {
    let rows = || numbers.chunks_exact(columns);
    let largest: Vec<f32> = rows().map(|row| row.iter().map(|number| number.abs()).fold(0.0, f32::max)).collect();
    let cells: Vec<u16> = rows()
        .zip(&largest)
        .flat_map(|(row, largest)| {
            let scale = if *largest > 0.0 { 32767.0 / f64::from(*largest) } else { 0.0 };
            row.iter().map(move |number| (32768.0 + (f64::from(*number) * scale).round()) as u16)
        })
        .collect();
    planes(largest.iter().map(|number| number.to_le_bytes()), out);
    planes(cells.iter().map(|cell| cell.to_le_bytes()), out);
}

/// All first bytes, then all second bytes, and so on: bytes that are alike stand together, which deflate can use.
fn planes<const N: usize>(numbers: impl Iterator<Item = [u8; N]> + Clone, out: &mut Vec<u8>) {
    for byte in 0..N {
        out.extend(numbers.clone().map(|bytes| bytes[byte]));
    }
}
