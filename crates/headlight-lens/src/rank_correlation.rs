/// Spearman's rank correlation of two lists of numbers, ties with their mean rank (Spearman,
/// [1904](https://doi.org/10.2307/1412159)): 1 where both put the things in the same order, −1 where in the opposite one. `None` where
/// there is no order: all numbers of a list are equal, or there are fewer than two.
///
/// ```
/// use headlight_lens::rank_correlation;
///
/// assert_eq!(rank_correlation(&[0.1, 0.5, 9.0], &[1.0, 2.0, 3.0]), Some(1.0));
/// assert_eq!(rank_correlation(&[1.0, 2.0], &[3.0, 3.0]), None);
/// ```
///
/// # Panics
///
/// When the lists are not equally long.
pub fn rank_correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    assert_eq!(one.len(), other.len(), "ranks of the same things");
    let [one, other] = [one, other].map(deviations);
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let norm = (product(&one, &one) * product(&other, &other)).sqrt();
    (norm > 0.0).then(|| product(&one, &other) / norm)
}

/// Each number's rank, less the mean rank.
fn deviations(numbers: &[f64]) -> Vec<f64> {
    let middle = (numbers.len() as f64 - 1.0) / 2.0;
    let rank = |number: f64| {
        let below = numbers.iter().filter(|other| **other < number).count() as f64;
        let equal = numbers.iter().filter(|other| **other == number).count() as f64;
        below + (equal - 1.0) / 2.0
    };
    numbers.iter().map(|number| rank(*number) - middle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        // Ranks −2 −½ −½ 1 2 and 2 −2 1 −½ −½: products −4 + 1 − ½ − ½ − 1 over a sum of squares of 9½ each.
        let found = rank_correlation(&[1.0, 2.0, 2.0, 4.0, 5.0], &[5.0, 1.0, 3.0, 2.0, 2.0]).expect("an order");
        assert!((found - -5.0 / 9.5).abs() < 1e-12, "{found}");
        assert_eq!(rank_correlation(&[1.0, 2.0, 3.0], &[9.0, 4.0, 1.0]), Some(-1.0));
        assert_eq!(rank_correlation(&[], &[]), None);
    }
}
