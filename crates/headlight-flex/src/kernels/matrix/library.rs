//! Products by the [gemm] crate.

use gemm::Parallelism;

use super::operands::{Before, Matrix, Output};

/// output = scale · left · right, or that added to it
///
/// # Safety
///
/// left is `[m, k]` and right `[k, n]`. `output` holds m rows of n numbers that do not overlap; where they are added to, they have been
/// written before.
#[expect(unsafe_code, reason = "the matrix library takes pointers")]
pub(super) unsafe fn multiply_into(output: Output<'_>, scale: f32, left: Matrix<'_>, right: Matrix<'_>) {
    let ([m, k], [_, n]) = (left.shape, right.shape);
    let stride = |stride: usize| isize::try_from(stride).expect("a stride lies within a slice");
    // SAFETY: every element that is read lies in its slice, because `Matrix` is made only of slices that hold its last one
    // (`check_fits`); for the output the caller answers.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            output.rows.as_mut_ptr().cast::<f32>(),
            1,
            stride(output.row_stride),
            output.before == Before::Added,
            left.data.as_ptr(),
            stride(left.strides[1]),
            stride(left.strides[0]),
            right.data.as_ptr(),
            stride(right.strides[1]),
            stride(right.strides[0]),
            1.0,
            scale,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
