//! Matrices that lie anywhere in a slice, and their products.

#[cfg(not(target_arch = "wasm32"))]
mod library;
#[cfg(any(target_arch = "wasm32", test))]
mod tiles;

use std::mem::MaybeUninit;

// The library has the widest vectors of each processor. In a browser there are none but those of 128 bits, and tiles made for them are
// a third faster.
#[cfg(not(target_arch = "wasm32"))]
use library::multiply_into;
#[cfg(target_arch = "wasm32")]
use tiles::multiply_into;

use crate::kernels::parallel;
use crate::kernels::vector::sum;

/// A matrix that lies somewhere in a slice: element (row, column) is `data[row * row_stride + column * column_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    data: &'a [f32],
    shape: [usize; 2],
    strides: [usize; 2],
}

/// A [`Matrix`] to write to.
#[derive(Debug)]
pub struct MatrixMut<'a> {
    data: &'a mut [f32],
    shape: [usize; 2],
    row_stride: usize,
}

/// Memory that a product is written to: rows `row_stride` apart.
struct Output<'a> {
    rows: &'a mut [MaybeUninit<f32>],
    row_stride: usize,
    before: Before,
}

/// What becomes of the numbers that were in the output before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// They are not read, and need not have been written.
    Replaced,
    /// The product is added to them.
    Added,
}

impl<'a> Matrix<'a> {
    /// A matrix whose rows follow each other.
    ///
    /// # Panics
    ///
    /// When the slice is too short.
    pub fn new(data: &'a [f32], shape: [usize; 2]) -> Self {
        Self::strided(data, shape, [shape[1], 1])
    }

    /// A matrix with steps of its own between rows and between columns; 0 repeats.
    ///
    /// # Panics
    ///
    /// When the slice is too short.
    pub fn strided(data: &'a [f32], shape: [usize; 2], strides: [usize; 2]) -> Self {
        check_fits(data.len(), shape, strides);
        Self { data, shape, strides }
    }

    /// Rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        self.shape
    }

    /// Rows as columns, nothing moved.
    pub fn transpose(self) -> Self {
        let ([rows, columns], [row_stride, column_stride]) = (self.shape, self.strides);
        Self { shape: [columns, rows], strides: [column_stride, row_stride], ..self }
    }

    /// The rows `start..start + count`.
    ///
    /// # Panics
    ///
    /// When there are fewer.
    pub fn rows(self, start: usize, count: usize) -> Self {
        let [rows, columns] = self.shape;
        let fits = start.checked_add(count).is_some_and(|end| end <= rows);
        assert!(fits, "{count} rows from row {start} on, in a matrix of {rows}");
        // Where there is no number, rows may begin behind the last one.
        let first = (start * self.strides[0]).min(self.data.len());
        Self::strided(&self.data[first..], [count, columns], self.strides)
    }

    /// The dot product of a row with the same row of another matrix.
    #[inline(always)]
    pub(crate) fn dot_rows(&self, other: &Self, row: usize) -> f32 {
        assert!(
            self.shape == other.shape && row < self.shape[0],
            "row {row} of {:?} and {:?}",
            self.shape,
            other.shape
        );
        let [left, right] = [self, other].map(|matrix| (&matrix.data[row * matrix.strides[0]..], matrix.strides[1]));
        if left.1 == 1 && right.1 == 1 {
            return sum([left, right].map(|(numbers, _)| &numbers[..self.shape[1]]), |[left, right]| left * right);
        }
        (0..self.shape[1]).map(|column| left.0[column * left.1] * right.0[column * right.1]).sum()
    }
}

impl<'a> MatrixMut<'a> {
    /// A matrix whose rows follow each other.
    ///
    /// # Panics
    ///
    /// When the slice is too short.
    pub fn new(data: &'a mut [f32], shape: [usize; 2]) -> Self {
        Self::with_row_stride(data, shape, shape[1])
    }

    /// A matrix with a step of its own from row to row.
    ///
    /// # Panics
    ///
    /// When the slice is too short, or rows overlap.
    pub fn with_row_stride(data: &'a mut [f32], shape: [usize; 2], row_stride: usize) -> Self {
        assert!(row_stride >= shape[1], "rows of {} overlap at a step of {row_stride}", shape[1]);
        check_fits(data.len(), shape, [row_stride, 1]);
        Self { data, shape, row_stride }
    }

    /// The rows `start..start + count`, to write to them and to have the whole back afterwards.
    pub(crate) fn rows(&mut self, start: usize, count: usize) -> MatrixMut<'_> {
        let ([rows, columns], stride) = (self.shape, self.row_stride);
        assert!(start + count <= rows, "{count} rows from row {start} on, in a matrix of {rows}");
        MatrixMut::with_row_stride(&mut self.data[start * stride..], [count, columns], stride)
    }

    /// One row.
    #[inline(always)]
    pub(crate) fn row(&mut self, row: usize) -> &mut [f32] {
        &mut self.data[row * self.row_stride..][..self.shape[1]]
    }
}

/// output = scale · left · right
///
/// # Shapes
///
/// - left: `[m, k]`
/// - right: `[k, n]`
/// - output: `[m, n]`
///
/// # Panics
///
/// When the shapes do not fit together.
pub fn matmul(scale: f32, left: Matrix<'_>, right: Matrix<'_>, output: MatrixMut<'_>) {
    multiply(scale, left, right, output, Before::Replaced);
}

/// output = output + scale · left · right
///
/// # Shapes
///
/// As [`matmul`].
///
/// # Panics
///
/// When the shapes do not fit together.
pub fn matmul_add(scale: f32, left: Matrix<'_>, right: Matrix<'_>, output: MatrixMut<'_>) {
    multiply(scale, left, right, output, Before::Added);
}

/// left · right in memory that nobody has cleared first: where much is written once, clearing costs as much as computing. `epilogue`
/// is given whole rows as soon as they are computed, while they are still in the cache: `rows_at_once` of them, or as many as one
/// thread does of a large product.
pub(crate) fn product(
    left: Matrix<'_>,
    right: Matrix<'_>,
    rows_at_once: usize,
    epilogue: impl Fn(&mut [f32]) + Sync,
) -> Vec<f32> {
    let ([m, k], [inner, n]) = (left.shape, right.shape);
    assert_eq!(k, inner, "a product of {:?} and {:?}", left.shape, right.shape);
    let size = m.checked_mul(n).expect("a product that fits in memory");
    if size == 0 || k == 0 {
        let mut output = vec![0.0; size];
        epilogue(&mut output);
        return output;
    }
    let mut output: Vec<f32> = Vec::with_capacity(size);
    let is_large = is_large(&[m, n, k]);
    let part_rows = if is_large { SHARED_ROWS } else { rows_at_once };
    let work = |(at, rows): (usize, &mut [MaybeUninit<f32>])| {
        let left = left.rows(at * part_rows, rows.len() / n);
        let output = Output { rows: &mut *rows, row_stride: n, before: Before::Replaced };
        // SAFETY: the part holds as many rows of n numbers as `left` has; none of them is read, and all of them have been written
        // when they are handed on.
        #[expect(unsafe_code, reason = "the matrix library takes pointers")]
        unsafe {
            multiply_into(output, 1.0, left, right);
            epilogue(rows.assume_init_mut());
        }
    };
    // The library shares a product among threads, too, but more slowly than by rows.
    let parts = output.spare_capacity_mut()[..size].chunks_mut(part_rows * n).enumerate();
    if is_large {
        parallel::for_each(parts, work);
    } else {
        parts.for_each(work);
    }
    // SAFETY: all m × n numbers have been written.
    #[expect(unsafe_code, reason = "they are known to be written")]
    unsafe {
        output.set_len(size);
    }
    output
}

fn multiply(scale: f32, left: Matrix<'_>, right: Matrix<'_>, output: MatrixMut<'_>, before: Before) {
    let ([m, k], [inner, n]) = (left.shape, right.shape);
    assert_eq!((k, [m, n]), (inner, output.shape), "a product of {:?} and {:?}", left.shape, right.shape);
    let (numbers, length) = (output.data.as_mut_ptr(), output.data.len());
    // SAFETY: nothing but numbers is written to these. The shape was just compared, `check_fits` saw that the slice holds its last
    // element and that rows do not overlap, and all of its numbers have been written before.
    #[expect(unsafe_code, reason = "the matrix library takes pointers")]
    unsafe {
        let rows = std::slice::from_raw_parts_mut(numbers.cast(), length);
        multiply_into(Output { rows, row_stride: output.row_stride, before }, scale, left, right);
    }
}

/// Rows that one thread does of a large product: never a number that depends on the count of threads, because the library may sum in
/// another order when there are more rows or fewer. With less, the other matrix would be rearranged too often.
pub(crate) const SHARED_ROWS: usize = 256;

/// Whether the product of these numbers is so many multiplications that they are divided: below some 50 microseconds of work, waking
/// a thread costs more than it brings.
pub(crate) fn is_large(sizes: &[usize]) -> bool {
    // In 64 bits: 4096 × 1024 × 1024 is more than wasm32 can count.
    sizes.iter().fold(1u64, |product, size| product.saturating_mul(*size as u64)) >= 1 << 22
}

fn check_fits(length: usize, [rows, columns]: [usize; 2], [row_stride, column_stride]: [usize; 2]) {
    let last = |count: usize, stride: usize| (count - 1).checked_mul(stride);
    let fits = rows == 0
        || columns == 0
        || last(rows, row_stride)
            .zip(last(columns, column_stride))
            .and_then(|(row, column)| row.checked_add(column))
            .is_some_and(|last| last < length);
    assert!(fits, "a matrix of {rows} × {columns}, steps {row_stride} and {column_stride}, in {length} numbers");
}
