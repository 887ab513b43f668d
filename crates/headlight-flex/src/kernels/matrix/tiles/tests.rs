//! The tiles give what the library gives, which has tests of its own; and the same bits wherever a row stands.

use super::super::{Before, Matrix, Output, library};
use super::{COLUMNS, DEPTH, ROWS, WIDTH};

/// `[m, k, n]`: nothing, less than a tile, tiles with and without a rest, and more than is copied at a time.
const SIZES: [[usize; 3]; 12] = [
    [3, 0, 5],
    [1, 1, 1],
    [1, 17, 1],
    [3, 2, 21],
    [ROWS, 16, COLUMNS],
    [21, 16, 21],
    [21, 21, 16],
    [6, DEPTH, COLUMNS + 1],
    [7, DEPTH + 1, 2 * COLUMNS],
    [64, 2 * DEPTH + 3, 9],
    [5, 3, WIDTH + 11],
    [2, DEPTH + 5, WIDTH + 1],
];

#[test]
fn products_are_those_of_the_library() {
    for [m, k, n] in SIZES {
        let lefts = [[k, 1], [1, m], [k + 5, 1], [3 * k, 3], [0, 1], [1, 0]];
        let rights = [[n, 1], [1, k], [n + 5, 1], [3 * n, 3], [0, 1], [1, 0]];
        for (left, right) in lefts.into_iter().flat_map(|left| rights.map(|right| (left, right))) {
            for before in [Before::Replaced, Before::Added] {
                let [numbers, other_numbers] =
                    [([m, k], left), ([k, n], right)].map(|(shape, strides)| numbers(reach(shape, strides)));
                let case = format!("{:?} with steps {left:?} and {right:?}", [m, k, n]);
                let left = Matrix::strided(&numbers, [m, k], left);
                let right = Matrix::strided(&other_numbers, [k, n], right);
                let [found, expected] = [Products::Tiles, Products::Library].map(|by| by.multiply(left, right, before));
                let largest = expected.iter().fold(1.0, |largest: f32, number| largest.max(number.abs()));
                for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    let error = (found - expected).abs() / largest;
                    assert!(error <= 1e-5, "{case}: [{at}] is {found}, not {expected}");
                }
            }
        }
    }
}

#[test]
fn a_row_and_a_column_have_the_same_bits_in_a_smaller_product() {
    let [m, k, n] = [11, DEPTH + 30, 21];
    let (left, right) = (numbers(m * k), numbers(k * n));
    let whole = Products::Tiles.multiply(Matrix::new(&left, [m, k]), Matrix::new(&right, [k, n]), Before::Replaced);
    for (start, count) in [(0, 4), (1, 3), (2, 7), (10, 1)] {
        let rows = Matrix::new(&left, [m, k]).rows(start, count);
        let columns = Matrix::strided(&right[start..], [k, count], [n, 1]);
        let part = Products::Tiles.multiply(rows, columns, Before::Replaced);
        for (row, part) in part.chunks(count + GAP).enumerate() {
            assert_eq!(part[..count], whole[(start + row) * (n + GAP) + start..][..count], "{count} from {start} on");
        }
    }
}

/// Numbers between rows of the output, which stay as they are.
const GAP: usize = 3;

enum Products {
    Tiles,
    Library,
}

impl Products {
    /// Rows of n numbers and a gap, to which −1.5 · left · right is written or added.
    fn multiply(self, left: Matrix<'_>, right: Matrix<'_>, before: Before) -> Vec<f32> {
        let ([m, _], [_, n]) = (left.shape(), right.shape());
        let row_stride = n + GAP;
        let filled = |number: f32| if before == Before::Replaced { f32::NAN } else { number };
        let mut numbers: Vec<f32> = numbers(m * row_stride).into_iter().map(filled).collect();
        numbers.chunks_mut(row_stride).for_each(|row| row[n..].fill(7.0));
        let length = numbers.len();
        // SAFETY: m rows of n numbers, all written, to which numbers are written.
        #[expect(unsafe_code, reason = "what is tested takes memory that may not have been written")]
        unsafe {
            let rows = std::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast(), length);
            let output = Output { rows, row_stride, before };
            match self {
                Self::Tiles => super::multiply_into(output, -1.5, left, right),
                Self::Library => library::multiply_into(output, -1.5, left, right),
            }
        }
        assert!(numbers.chunks(row_stride).all(|row| row[n..] == [7.0; GAP]), "a gap was written to");
        numbers
    }
}

/// Numbers between −1 and 1 with no order in them.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|at| (at as f32 * 0.618_034).fract() * 2.0 - 1.0).collect()
}

/// The least count of numbers that holds such a matrix.
fn reach([rows, columns]: [usize; 2], [down, across]: [usize; 2]) -> usize {
    if rows * columns == 0 { 0 } else { (rows - 1) * down + (columns - 1) * across + 1 }
}
