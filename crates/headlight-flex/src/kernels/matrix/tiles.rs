//! Products by tiles of 4 × 8 numbers, for vectors of 128 bits without fused multiply–add, as a browser has them.
//!
//! Both inputs are first copied in the order in which a tile reads them. Its sums are then 8 vectors, beside 2 of the right matrix and 4
//! numbers of the left one, each repeated in a vector: the 16 registers of most processors hold that. They are plain loops over arrays of
//! a fixed size, of which the compiler makes vectors, so that these products are the same on every processor, bit for bit, and
//! tests of them need no browser.
//!
//! A number of the output is a sum in the order of k, [`DEPTH`] products at a time, however many rows and columns there are.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::mem::MaybeUninit;

use super::operands::{Before, Matrix, Output};

/// Rows of a tile.
const ROWS: usize = 4;
/// Columns of a tile.
const COLUMNS: usize = 8;
/// Products that are summed at a time. What a tile reads of the right matrix is 8 KiB at most, which the first-level cache holds.
const DEPTH: usize = 256;
/// Columns of the right matrix that are copied at a time: 512 KiB at most, which the second-level cache holds.
const WIDTH: usize = 512;

/// Inputs in the order in which tiles read them. They are kept for the next product, which spares small ones two allocations.
#[derive(Default)]
struct Packed {
    /// `[depth, rows of the tile]`
    left: Vec<f32>,
    /// `[tiles, depth, COLUMNS]`; where there are no more columns, zeros.
    right: Vec<[f32; COLUMNS]>,
}

thread_local! {
    static PACKED: RefCell<Packed> = RefCell::default();
}

/// output = scale · left · right, or that added to it
///
/// # Safety
///
/// left is `[m, k]` and right `[k, n]`. `output` holds m rows of n numbers that do not overlap; where they are added to, they have been
/// written before.
#[expect(unsafe_code, reason = "as the library's")]
pub(super) unsafe fn multiply_into(output: Output<'_>, scale: f32, left: Matrix<'_>, right: Matrix<'_>) {
    let ([m, k], [_, n]) = (left.shape, right.shape);
    let Output { rows: output, row_stride, mut before } = output;
    if k == 0 && before == Before::Replaced {
        (0..m).for_each(|row| output[row * row_stride..][..n].fill(MaybeUninit::new(0.0)));
    }
    PACKED.with_borrow_mut(|Packed { left: packed_left, right: packed_right }| {
        for start in (0..k).step_by(DEPTH) {
            let depth = DEPTH.min(k - start);
            for column in (0..n).step_by(WIDTH) {
                let width = WIDTH.min(n - column);
                let right = pack_right(packed_right, right, [start, column], [depth, width]);
                for row in (0..m).step_by(ROWS) {
                    let output = Output { rows: &mut output[row * row_stride + column..], row_stride, before };
                    let at = [row, start];
                    match m - row {
                        1 => multiply_rows(output, scale, pack_left::<1>(packed_left, left, at, depth), right, width),
                        2 => multiply_rows(output, scale, pack_left::<2>(packed_left, left, at, depth), right, width),
                        3 => multiply_rows(output, scale, pack_left::<3>(packed_left, left, at, depth), right, width),
                        _ => {
                            multiply_rows(output, scale, pack_left::<ROWS>(packed_left, left, at, depth), right, width)
                        }
                    }
                }
            }
            // What the first products have written.
            before = Before::Added;
        }
    });
}

/// Some rows and columns of the right matrix, from (`start`, `column`) on: `[tiles, depth, COLUMNS]`.
#[inline(never)]
fn pack_right<'a>(
    packed: &'a mut Vec<[f32; COLUMNS]>,
    right: Matrix<'_>,
    [start, column]: [usize; 2],
    [depth, width]: [usize; 2],
) -> &'a [[f32; COLUMNS]] {
    let count = width.div_ceil(COLUMNS) * depth;
    if packed.len() < count {
        packed.resize(count, [0.0; COLUMNS]);
    }
    let packed = &mut packed[..count];
    let [row_stride, column_stride] = right.strides;
    for (tile, column) in packed.chunks_exact_mut(depth).zip((column..column + width).step_by(COLUMNS)) {
        let first = &right.data[start * row_stride + column * column_stride..];
        let count = COLUMNS.min(right.shape[1] - column);
        if column_stride == 1 && count == COLUMNS {
            for (row, numbers) in tile.iter_mut().enumerate() {
                *numbers = *first[row * row_stride..].first_chunk().expect("a number of each column");
            }
        } else if row_stride == 1 {
            let nothing = &[0.0; DEPTH];
            let columns: [_; COLUMNS] =
                std::array::from_fn(|at| if at < count { &first[at * column_stride..] } else { nothing });
            transpose(columns, tile);
        } else {
            for (row, numbers) in tile.iter_mut().enumerate() {
                let first = &first[row * row_stride..];
                *numbers = std::array::from_fn(|at| if at < count { first[at * column_stride] } else { 0.0 });
            }
        }
    }
    packed
}

/// `R` rows of the left matrix, from (`row`, `start`) on: `[depth, R]`.
#[inline(never)]
fn pack_left<'a, const R: usize>(
    packed: &'a mut Vec<f32>,
    left: Matrix<'_>,
    [row, start]: [usize; 2],
    depth: usize,
) -> &'a [[f32; R]] {
    packed.resize(DEPTH * ROWS, 0.0);
    let packed = &mut packed.as_chunks_mut().0[..depth];
    let [row_stride, column_stride] = left.strides;
    let first = &left.data[row * row_stride + start * column_stride..];
    if row_stride == 1 {
        for (k, numbers) in packed.iter_mut().enumerate() {
            *numbers = *first[k * column_stride..].first_chunk().expect("a number of each row");
        }
    } else if column_stride == 1 {
        transpose(std::array::from_fn(|row| &first[row * row_stride..]), packed);
    } else {
        for (k, numbers) in packed.iter_mut().enumerate() {
            *numbers = std::array::from_fn(|row| first[row * row_stride + k * column_stride]);
        }
    }
    packed
}

/// The first numbers of each line, side by side; as many as there are columns.
#[inline(always)]
fn transpose<const N: usize>(lines: [&[f32]; N], columns: &mut [[f32; N]]) {
    let lines = lines.map(|line| &line[..columns.len()]);
    for (k, column) in columns.iter_mut().enumerate() {
        *column = lines.map(|line| line[k]);
    }
}

/// `R` rows of the output, `width` numbers of each.
#[inline(never)]
fn multiply_rows<const R: usize>(
    output: Output<'_>,
    scale: f32,
    left: &[[f32; R]],
    right: &[[f32; COLUMNS]],
    width: usize,
) {
    let Output { rows, row_stride, before } = output;
    for (right, column) in right.chunks_exact(left.len()).zip((0..width).step_by(COLUMNS)) {
        let sums = tile(left, right);
        let count = COLUMNS.min(width - column);
        for (row, sums) in sums.iter().enumerate() {
            let output = &mut rows[row * row_stride + column..][..count];
            match output.first_chunk_mut() {
                Some(output) if before == Before::Replaced => *output = sums.map(|sum| MaybeUninit::new(scale * sum)),
                _ => write_some(output, before, scale, sums),
            }
        }
    }
}

/// Numbers of a row that are fewer than a tile's, or are added to.
#[inline(never)]
fn write_some(output: &mut [MaybeUninit<f32>], before: Before, scale: f32, sums: &[f32; COLUMNS]) {
    for (number, sum) in output.iter_mut().zip(sums) {
        let before = match before {
            Before::Replaced => 0.0,
            // SAFETY: the caller of `multiply_into` says that they have been written.
            #[expect(unsafe_code, reason = "they are known to be written")]
            Before::Added => unsafe { number.assume_init() },
        };
        number.write(before + scale * sum);
    }
}

/// left · right
///
/// # Shapes
///
/// - left: `[depth, R]`
/// - right: `[depth, COLUMNS]`
/// - output: `[R, COLUMNS]`
#[inline(always)]
fn tile<const R: usize>(left: &[[f32; R]], right: &[[f32; COLUMNS]]) -> [[f32; COLUMNS]; R] {
    let mut pairs = left.iter().zip(right);
    // Begun with the first products: zeros would be filled in by a call out of WebAssembly, which takes as long as a tile's first rows.
    let Some((left, right)) = pairs.next() else { return [[0.0; COLUMNS]; R] };
    let mut sums = left.map(|left| right.map(|right| left * right));
    for (left, right) in pairs {
        for row in 0..R {
            for column in 0..COLUMNS {
                sums[row][column] += left[row] * right[column];
            }
        }
    }
    sums
}
