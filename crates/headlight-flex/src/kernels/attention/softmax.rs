//! The two passes of a softmax over one row: its maximum, then exponentials and their sum.

use crate::kernels::vector::{LANES, exp, fold};

/// The largest number of a row; −∞ where there is none.
#[inline(always)]
pub(super) fn max(row: &[[f32; LANES]]) -> f32 {
    let mut max = [f32::NEG_INFINITY; LANES];
    for numbers in row {
        for lane in 0..LANES {
            max[lane] = larger(max[lane], numbers[lane]);
        }
    }
    fold(max, larger)
}

/// Replaces each number x of a row by e^(x − shift), and returns their sum.
#[inline(always)]
pub(super) fn exp_row(row: &mut [[f32; LANES]], shift: f32) -> f32 {
    let mut sums = [0.0; LANES];
    for numbers in row {
        for lane in 0..LANES {
            numbers[lane] = exp(numbers[lane] - shift);
            sums[lane] += numbers[lane];
        }
    }
    fold(sums, |left, right| left + right)
}

/// `f32::max` but for NaN, which makes it slower; a NaN among the scores still comes out of the exponential.
#[inline(always)]
fn larger(left: f32, right: f32) -> f32 {
    if right > left { right } else { left }
}
