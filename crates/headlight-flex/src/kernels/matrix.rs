//! Products of matrices that lie anywhere in a slice.

mod operands;
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

use operands::{Before, Output};
pub use operands::{Matrix, MatrixMut};

use crate::kernels::parallel;

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
    let part_rows = if is_large { shared_rows(m) } else { rows_at_once };
    let work = |(at, rows): (usize, &mut [MaybeUninit<f32>])| {
        let left = left.rows(at * part_rows, rows.len() / n);
        let output = Output { rows: &mut *rows, row_stride: n, before: Before::Replaced };
        // SAFETY: the part holds as many rows of n numbers as `left` has; none of them is read, and all of them have been written
        // when they are handed on.
        #[expect(unsafe_code, reason = "the kernels take memory that is not written yet")]
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
    #[expect(unsafe_code, reason = "the kernels take memory that need not be written yet")]
    unsafe {
        let rows = std::slice::from_raw_parts_mut(numbers.cast(), length);
        multiply_into(Output { rows, row_stride: output.row_stride, before }, scale, left, right);
    }
}

/// Rows that one thread does of a large product: never a number that depends on the count of threads, because the library may sum in
/// another order when there are more rows or fewer. With less, the other matrix would be rearranged too often.
pub(crate) const SHARED_ROWS: usize = 256;

/// The same for a product of `m` rows: fewer than two threads' worth are halved, since with one part the other threads would wait.
fn shared_rows(m: usize) -> usize {
    const FEWEST: usize = 32;
    SHARED_ROWS.min(m.div_ceil(2)).max(FEWEST)
}

/// Whether the product of these numbers is so many multiplications that they are divided: below some 50 microseconds of work, waking
/// a thread costs more than it brings.
pub(crate) fn is_large(sizes: &[usize]) -> bool {
    // In 64 bits: 4096 × 1024 × 1024 is more than wasm32 can count.
    sizes.iter().fold(1u64, |product, size| product.saturating_mul(*size as u64)) >= 1 << 22
}
