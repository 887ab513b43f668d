/// −x ln x, and 0 at 0.
fn term(x: f64) -> f64 {
    if x > 0.0 { -x * x.ln() } else { 0.0 }
}

/// The entropy of each row, in nats.
pub(super) fn entropies(rows: &[f32], keys: usize) -> Vec<f64> {
    rows.chunks_exact(keys).map(|row| row.iter().map(|weight| term(f64::from(*weight))).sum()).collect()
}

/// The Jensen–Shannon divergence of two distributions, in nats: H(½p + ½q) − ½H(p) − ½H(q) (Lin,
/// [1991](https://doi.org/10.1109/18.61115)). 0 where they are equal, ln 2 where they have no key in common.
pub(super) fn divergence((p, entropy_p): (&[f32], f64), (q, entropy_q): (&[f32], f64)) -> f64 {
    let middle: f64 = p.iter().zip(q).map(|(p, q)| term(f64::midpoint(f64::from(*p), f64::from(*q)))).sum();
    (middle - f64::midpoint(entropy_p, entropy_q)).max(0.0) // rounding may give −1e-17
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(p: &[f32], q: &[f32]) -> f64 {
        divergence((p, entropies(p, p.len())[0]), (q, entropies(q, q.len())[0]))
    }

    #[test]
    fn equal_rows_are_0_apart_and_disjoint_ones_ln_2() {
        assert_eq!(of(&[0.25, 0.75], &[0.25, 0.75]), 0.0);
        assert!((of(&[1.0, 0.0], &[0.0, 1.0]) - std::f64::consts::LN_2).abs() < 1e-12);
        // By hand: the middle is (¾, ¼); H = ¾ ln 4/3 + ¼ ln 4, less half of ln 2.
        let expected = 0.75 * (4.0f64 / 3.0).ln() + 0.25 * 4.0f64.ln() - 0.5 * 2.0f64.ln();
        assert!((of(&[1.0, 0.0], &[0.5, 0.5]) - expected).abs() < 1e-12);
        assert_eq!(of(&[0.7, 0.3], &[0.1, 0.9]), of(&[0.1, 0.9], &[0.7, 0.3]));
    }
}
