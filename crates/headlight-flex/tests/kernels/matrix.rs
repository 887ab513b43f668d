//! Products of matrices, wherever their numbers lie.

use crate::oracle::{NEAR, assert_close, random, wide};
use headlight_flex::kernels::{Matrix, MatrixMut, matmul, matmul_add};

/// `[m, k, n]`
const SIZES: [[usize; 3]; 10] = [
    [1, 1, 1],
    [1, 17, 1],
    [1, 65, 33],
    [3, 1, 21],
    [17, 3, 1],
    [21, 21, 21],
    [33, 65, 17],
    [65, 33, 3],
    [65, 257, 65],
    [64, 16, 512],
];

#[test]
fn a_product_replaces_what_was_there() {
    for (seed, size) in (0..).zip(SIZES) {
        let case = Case::new(size, [size[1], 1], [size[2], 1], seed);
        // Read by mistake, a NaN would stay.
        let mut output = vec![f32::NAN; size[0] * size[2]];
        matmul(0.5, case.left(), case.right(), MatrixMut::new(&mut output, [size[0], size[2]]));
        assert_close(&format!("{size:?}"), &output, &case.product(0.5, &[]), NEAR);
    }
}

#[test]
fn a_product_is_added_to_what_was_there() {
    for (seed, size) in (20..).zip(SIZES) {
        let case = Case::new(size, [size[1], 1], [size[2], 1], seed);
        let before = random(seed + 100, size[0] * size[2]);
        let mut output = before.clone();
        matmul_add(-1.5, case.left(), case.right(), MatrixMut::new(&mut output, [size[0], size[2]]));
        assert_close(&format!("{size:?}"), &output, &case.product(-1.5, &wide(&before)), NEAR);
    }
}

#[test]
fn inputs_may_be_transposed_spaced_out_or_repeated() {
    for (seed, [m, k, n]) in (40..).zip(SIZES) {
        let left = [[k, 1], [1, m], [k + 5, 1], [3 * k, 3], [0, 1], [1, 0], [0, 0]];
        let right = [[n, 1], [1, k], [n + 5, 1], [3 * n, 3], [0, 1], [1, 0], [0, 0]];
        for (left, right) in left.into_iter().flat_map(|left| right.map(|right| (left, right))) {
            let case = Case::new([m, k, n], left, right, seed);
            let mut output = vec![f32::NAN; m * n];
            matmul(1.0, case.left(), case.right(), MatrixMut::new(&mut output, [m, n]));
            let what = format!("{:?} with steps {left:?} and {right:?}", [m, k, n]);
            assert_close(&what, &output, &case.product(1.0, &[]), NEAR);
        }
    }
}

#[test]
fn what_lies_between_rows_is_left_alone() {
    for (seed, [m, k, n]) in (60..).zip(SIZES) {
        let (case, row_stride) = (Case::new([m, k, n], [k, 1], [n, 1], seed), n + 3);
        // No numbers behind the last row: it may be the slice's last.
        let mut output = vec![7.0; (m - 1) * row_stride + n];
        matmul(1.0, case.left(), case.right(), MatrixMut::with_row_stride(&mut output, [m, n], row_stride));
        let rows: Vec<f32> = output.chunks(row_stride).flat_map(|row| &row[..n]).copied().collect();
        assert_close(&format!("{:?}", [m, k, n]), &rows, &case.product(1.0, &[]), NEAR);
        assert!(output.chunks(row_stride).flat_map(|row| &row[n..]).all(|gap| *gap == 7.0));
    }
}

#[test]
fn rows_of_a_transposed_matrix_are_its_columns() {
    let data = random(80, 35);
    let matrix = Matrix::new(&data, [5, 7]).transpose();
    assert_eq!(matrix.shape(), [7, 5]);
    let rows = matrix.rows(2, 4);
    assert_eq!(rows.shape(), [4, 5]);

    let mut output = [0.0; 20];
    let identity: Vec<f32> = (0..25).map(|at| if at % 6 == 0 { 1.0 } else { 0.0 }).collect();
    matmul(1.0, rows, Matrix::new(&identity, [5, 5]), MatrixMut::new(&mut output, [4, 5]));
    let columns: Vec<f32> =
        (2..6).flat_map(|column| (0..5).map(move |row| (row, column))).map(|(r, c)| data[r * 7 + c]).collect();
    assert_eq!(output[..], columns);
    assert_eq!(matrix.rows(7, 0).shape(), [0, 5], "the end of a matrix is a place to stop at");
}

#[test]
fn an_empty_sum_is_zero() {
    let mut output = [f32::NAN; 6];
    matmul(1.0, Matrix::new(&[], [2, 0]), Matrix::new(&[], [0, 3]), MatrixMut::new(&mut output, [2, 3]));
    assert_eq!(output, [0.0; 6]);
}

#[test]
fn nan_stays_in_its_row() {
    let case = Case::new([3, 17, 21], [17, 1], [21, 1], 110);
    let mut left = case.left.clone();
    left[20] = f32::NAN; // row 1
    let mut output = [0.0; 63];
    matmul(1.0, Matrix::new(&left, [3, 17]), case.right(), MatrixMut::new(&mut output, [3, 21]));
    assert!((0..63).all(|at| output[at].is_nan() == (at / 21 == 1)));
}

#[test]
#[should_panic(expected = "2 rows from row 18446744073709551615 on, in a matrix of 3")]
#[cfg(target_pointer_width = "64")]
fn rows_so_far_behind_that_they_overflow_are_refused() {
    Matrix::new(&[0.0; 12], [3, 4]).rows(usize::MAX, 2);
}

#[test]
#[should_panic(expected = "a matrix of 3 × 4, steps 4 and 1, in 11 numbers")]
fn a_short_slice_is_refused() {
    Matrix::new(&[0.0; 11], [3, 4]);
}

#[test]
#[should_panic(expected = "in 10 numbers")]
fn steps_so_wide_that_they_overflow_are_refused() {
    Matrix::strided(&[0.0; 10], [3, 3], [usize::MAX / 2 + 2, 1]);
}

#[test]
#[should_panic(expected = "rows of 4 overlap at a step of 3")]
fn overlapping_rows_are_refused() {
    MatrixMut::with_row_stride(&mut [0.0; 100], [3, 4], 3);
}

#[test]
#[should_panic(expected = "2 rows from row 2 on, in a matrix of 3")]
fn rows_beyond_the_last_are_refused() {
    Matrix::new(&[0.0; 12], [3, 4]).rows(2, 2);
}

#[test]
#[should_panic(expected = "a product of [2, 3] and [2, 3]")]
fn shapes_that_do_not_fit_are_refused() {
    let matrix = Matrix::new(&[0.0; 6], [2, 3]);
    matmul(1.0, matrix, matrix, MatrixMut::new(&mut [0.0; 6], [2, 3]));
}

/// Two matrices, `[m, k]` and `[k, n]`, with steps of their own.
struct Case {
    size: [usize; 3],
    left: Vec<f32>,
    left_strides: [usize; 2],
    right: Vec<f32>,
    right_strides: [usize; 2],
}

impl Case {
    fn new([m, k, n]: [usize; 3], left_strides: [usize; 2], right_strides: [usize; 2], seed: u64) -> Self {
        let left = random(seed, reach([m, k], left_strides));
        let right = random(seed + 1000, reach([k, n], right_strides));
        Self { size: [m, k, n], left, left_strides, right, right_strides }
    }

    fn left(&self) -> Matrix<'_> {
        Matrix::strided(&self.left, [self.size[0], self.size[1]], self.left_strides)
    }

    fn right(&self) -> Matrix<'_> {
        Matrix::strided(&self.right, [self.size[1], self.size[2]], self.right_strides)
    }

    /// before + scale · left · right, where `before` may be empty for zeros.
    fn product(&self, scale: f64, before: &[f64]) -> Vec<f64> {
        let [m, k, n] = self.size;
        let mut output = if before.is_empty() { vec![0.0; m * n] } else { before.to_vec() };
        for row in 0..m {
            for column in 0..n {
                for inner in 0..k {
                    let left = self.left[row * self.left_strides[0] + inner * self.left_strides[1]];
                    let right = self.right[inner * self.right_strides[0] + column * self.right_strides[1]];
                    output[row * n + column] += scale * f64::from(left) * f64::from(right);
                }
            }
        }
        output
    }
}

/// The least count of numbers that holds such a matrix.
fn reach([rows, columns]: [usize; 2], [down, across]: [usize; 2]) -> usize {
    (rows - 1) * down + (columns - 1) * across + 1
}
