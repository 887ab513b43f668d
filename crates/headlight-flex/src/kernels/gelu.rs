//! GELU, exact and by its approximation (Hendrycks and Gimpel, [2016](https://arxiv.org/abs/1606.08415)).

use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use crate::kernels::vector::exp;

/// x Φ(x), with the normal distribution's Φ to within 1e-7.
///
/// Φ(x) = erfc(−x / √2) / 2, and erfc by Abramowitz and Stegun, formula 7.1.26.
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    let z = x.abs() * FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let polynomial = t * (0.254_829_6 + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152_1 + t * 1.061_405_4))));
    let half_erfc = 0.5 * polynomial * exp(-z * z);
    x * if x < 0.0 { half_erfc } else { 1.0 - half_erfc }
}

/// x (1 + tanh u) / 2 with u = √(2 / π) (x + 0.044715 x³).
///
/// (1 + tanh u) / 2 = 1 / (1 + e^(−2u)), with the exponential of a number that is not positive.
#[inline(always)]
pub(super) fn gelu_tanh(x: f32) -> f32 {
    let twice_u = FRAC_2_SQRT_PI * std::f32::consts::SQRT_2 * (x + 0.044_715 * x * x * x);
    let e = exp(-twice_u.abs());
    x * if twice_u < 0.0 { e } else { 1.0 } / (1.0 + e)
}
