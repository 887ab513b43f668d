//! Matrices that lie anywhere in a slice.

use std::mem::MaybeUninit;

use crate::kernels::vector::sum;

/// A matrix that lies somewhere in a slice: element (row, column) is `data[row * row_stride + column * column_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    pub(super) data: &'a [f32],
    pub(super) shape: [usize; 2],
    pub(super) strides: [usize; 2],
}

/// A [`Matrix`] to write to.
#[derive(Debug)]
pub struct MatrixMut<'a> {
    pub(super) data: &'a mut [f32],
    pub(super) shape: [usize; 2],
    pub(super) row_stride: usize,
}

/// Memory that a product is written to: rows `row_stride` apart.
pub(super) struct Output<'a> {
    pub(super) rows: &'a mut [MaybeUninit<f32>],
    pub(super) row_stride: usize,
    pub(super) before: Before,
}

/// What becomes of the numbers that were in the output before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
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
