//! The two passes of a softmax over one row, its maximum, then exponentials and their sum; and the whole of it.

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

/// The softmax of a row of any length, in place; 0 where every number is −∞.
#[inline(always)]
pub(super) fn softmax(row: &mut [f32]) {
    let (vectors, rest) = row.as_chunks_mut::<LANES>();
    let max = rest.iter().fold(max(vectors), |so_far, number| larger(so_far, *number));
    let shift = if max == f32::NEG_INFINITY { 0.0 } else { max };
    let mut sum = exp_row(vectors, shift);
    for number in rest {
        *number = exp(*number - shift);
        sum += *number;
    }
    let share = if sum == 0.0 { 0.0 } else { 1.0 / sum };
    row.iter_mut().for_each(|weight| *weight *= share);
}

/// `f32::max` but for NaN, which makes it slower; a NaN among the scores still comes out of the exponential.
#[inline(always)]
fn larger(left: f32, right: f32) -> f32 {
    if right > left { right } else { left }
}
