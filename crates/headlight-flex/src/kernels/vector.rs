//! Plain loops that the compiler turns into vector instructions, when they run inside [`dispatch`].
//!
//! A sum of floats has an order that the compiler must keep, so it cannot use vectors for it by itself. These sums are written as
//! `LANES` sums side by side; their order is the same on every processor.

use std::sync::LazyLock;

use pulp::Arch;

/// Numbers that are added up side by side: one AVX-512 register, or two of AVX2.
pub(crate) const LANES: usize = 16;

/// Runs `work` with the widest vector instructions that this processor has. What it calls must be inlined into it.
#[inline]
pub(crate) fn dispatch<T>(work: impl FnOnce() -> T) -> T {
    // In a browser there is nothing to find out: it has the vectors that the module was built for.
    if cfg!(target_arch = "wasm32") {
        return work();
    }
    // Asking the processor costs some 30 nanoseconds, as long as a short row of work.
    static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);
    ARCH.dispatch(work)
}

/// Σ f(xᵢ, …) over slices of one length.
#[inline(always)]
pub(crate) fn sum<const N: usize>(slices: [&[f32]; N], f: impl Fn([f32; N]) -> f32) -> f32 {
    let (chunks, rest) =
        (slices.map(|slice| slice.as_chunks::<LANES>().0), slices.map(|slice| slice.as_chunks::<LANES>().1));
    let mut sums = [0.0; LANES];
    for at in 0..chunks[0].len() {
        let numbers = chunks.map(|chunks| &chunks[at]);
        for lane in 0..LANES {
            sums[lane] += f(numbers.map(|numbers| numbers[lane]));
        }
    }
    let mut sum = fold(sums, |left, right| left + right);
    for at in 0..rest[0].len() {
        sum += f(rest.map(|rest| rest[at]));
    }
    sum
}

/// Lanes folded in halves, ((x₀ ∘ x₈) ∘ (x₄ ∘ x₁₂)) ∘ …, which vectors do well.
#[inline(always)]
pub(crate) fn fold(mut lanes: [f32; LANES], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = f(lanes[lane], lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// eˣ to within 2 units in the last place; 0 below −87.3 and at −∞, NaN at NaN. Meant for x ≤ 0; above 88 it is not right.
///
/// x = n ln 2 + r with |r| ≤ ln 2 / 2, eˣ = 2ⁿ eʳ, eʳ by a polynomial (Cephes, `expf`).
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding 1.5 · 2²³ rounds to a whole number and leaves it in the last bits.
    const ROUND: f32 = 12_582_912.0;
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let shifted = times_plus(x, LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = times_plus(n, -LN_2_LOW, times_plus(n, -LN_2_HIGH, x));
    let mut p = 1.987_569_1e-4_f32;
    p = times_plus(p, r, 1.398_199_9e-3);
    p = times_plus(p, r, 8.333_452e-3);
    p = times_plus(p, r, 4.166_579_6e-2);
    p = times_plus(p, r, 1.666_666_5e-1);
    p = times_plus(p, r, 5e-1);
    let exp_r = times_plus(p, r * r, r) + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1f32.to_bits()));
    if x < -87.3 { 0.0 } else { exp_r * power }
}

/// a b + c, rounded once, but on wasm32 twice: it has no instruction for this, and the function that stands in for it is slow. On
/// x86 processors from before 2013 it is that function, too: right, and slower.
#[inline(always)]
fn times_plus(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(target_arch = "wasm32") { a * b + c } else { a.mul_add(b, c) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_near_the_exact_one_and_0_far_below() {
        // Every 997th float from −0 down to −87.3.
        let mut worst = 0.0f64;
        for bits in ((-0.0f32).to_bits()..(-87.3f32).to_bits()).step_by(997) {
            let x = f32::from_bits(bits);
            let exact = f64::from(x).exp();
            let unit = f64::from(exact as f32) - f64::from((exact as f32).next_down());
            worst = worst.max((f64::from(exp(x)) - exact).abs() / unit);
        }
        assert!(worst <= 2.0, "{worst} units in the last place");
        assert_eq!([exp(0.0), exp(-87.4), exp(-1e30), exp(f32::NEG_INFINITY)], [1.0, 0.0, 0.0, 0.0]);
        assert!(exp(f32::NAN).is_nan());
    }

    /// Outside `dispatch` the compiler may use what every processor of this kind has: that stands for processors without AVX.
    #[test]
    fn the_widest_vectors_give_the_same_bits_as_none() {
        #[inline(always)]
        fn all(numbers: &[f32], others: &[f32]) -> (u32, Vec<u32>, u32) {
            let sum = sum([numbers, others], |[left, right]| left * right);
            let fold = fold(std::array::from_fn(|lane| numbers[lane]), |left, right| left + right);
            (sum.to_bits(), numbers.iter().map(|x| exp(*x).to_bits()).collect(), fold.to_bits())
        }
        let numbers: Vec<f32> = (0..1003).map(|at| -87.0 * (at as f32 * 0.618).fract()).collect();
        let others: Vec<f32> = numbers.iter().rev().copied().collect();
        let widest = dispatch(
            #[inline(always)]
            || all(&numbers, &others),
        );
        assert!(all(&numbers, &others) == widest);
    }
}
