//! Shares and medians over seeds.

use std::fmt;

use serde::Serialize;

/// The quantile of the normal distribution that 2.5 % lie above.
const Z: f64 = 1.959_963_984_540_054;

/// A share with the ends of its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The share itself, from 0 to 1.
    pub share: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// `0.80 [0.58, 0.92]`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { share, low, high } = self;
        write!(f, "{share:.2} [{low:.2}, {high:.2}]")
    }
}

/// The share of `count` in `of` with its 95 % Wilson interval ([1927](https://doi.org/10.1080/01621459.1927.10502953)), which stays
/// within 0 and 1 and says something of 0 and of all, too; `None` of nothing.
///
/// ```
/// use headlight_record::sweep::wilson;
///
/// let share = wilson(20, 20).expect("there are some");
/// assert_eq!((share.share, share.high), (1.0, 1.0));
/// assert!((share.low - 0.8389).abs() < 1e-4);
/// ```
pub fn wilson(count: usize, of: usize) -> Option<Share> {
    if of == 0 {
        return None;
    }
    let (n, share) = (of as f64, count as f64 / of as f64);
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    // At the ends the interval touches them, whatever rounding says.
    let low = if count == 0 { 0.0 } else { middle - half };
    let high = if count == of { 1.0 } else { middle + half };
    Some(Share { share, low, high })
}

/// The middle of some numbers, and between what half of them lie. In JSON a number that is infinite is `null`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quartiles {
    /// The first quartile.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The third quartile.
    pub high: f64,
}

/// Median and quartiles, linear between two numbers as NumPy's default is; `None` of no number. Of what never came, infinity is a number
/// like others; NaN counts as larger than all.
pub fn quartiles(mut numbers: Vec<f64>) -> Option<Quartiles> {
    if numbers.is_empty() {
        return None;
    }
    numbers.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = part * (numbers.len() - 1) as f64;
        let (below, rest) = (place.floor() as usize, place.fract());
        // No arithmetic with a neighbour that does not count, or with two infinities: 0 · ∞ and ∞ − ∞ are no numbers.
        if rest == 0.0 || numbers[below].is_infinite() {
            numbers[below]
        } else {
            numbers[below] + rest * (numbers[below + 1] - numbers[below])
        }
    };
    Some(Quartiles { low: at(0.25), median: at(0.5), high: at(0.75) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the paper's formula, in Python.
    #[test]
    fn intervals_are_wilsons() {
        for (count, of, low, high) in [
            (0, 20, 0.0, 0.161125),
            (17, 20, 0.639581, 0.947631),
            (1, 2, 0.094531, 0.905469),
            (5, 8, 0.305742, 0.863155),
        ] {
            let share = wilson(count, of).expect("some");
            assert!((share.low - low).abs() < 1e-6 && (share.high - high).abs() < 1e-6, "{count} of {of}: {share:?}");
        }
        assert_eq!(wilson(0, 0), None);
    }

    /// `numpy.quantile`.
    #[test]
    fn quartiles_are_numpys() {
        let found = quartiles(vec![7.0, 1.0, 3.0, 10.0]).expect("some");
        assert_eq!((found.low, found.median, found.high), (2.5, 5.0, 7.75));
        let one = quartiles(vec![4.0]).expect("one");
        assert_eq!((one.low, one.median, one.high), (4.0, 4.0, 4.0));
        assert_eq!(quartiles(Vec::new()), None);
        // Two of three came: the third quartile lies between the second and never.
        let found = quartiles(vec![f64::INFINITY, 1.0, 2.0]).expect("some");
        assert_eq!((found.low, found.median, found.high), (1.5, 2.0, f64::INFINITY));
        assert_eq!(quartiles(vec![f64::INFINITY; 2]).map(|found| found.low), Some(f64::INFINITY));
    }
}
