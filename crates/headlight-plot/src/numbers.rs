//! Numbers as people read them: round steps for axes and colour bars, and few digits.

/// The smallest of …, 0.1, 0.2, 0.5, 1, 2, 5, 10, … that is at least `least`, which is more than 0.
pub(crate) fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let enough = |step: &f64| *step >= least * (1.0 - 1e-9);
    [1.0, 2.0, 5.0].map(|part| part * power).into_iter().find(enough).unwrap_or(10.0 * power)
}

/// A step below this part of the numbers is lost in their rounding.
const NARROWEST: f64 = 1e-12;

/// Round numbers from `low` to `high`, both among them where they are round: about `count`, evenly apart.
///
/// A range too narrow to be divided has its ends.
pub(crate) fn ticks(low: f64, high: f64, count: f64) -> Vec<f64> {
    let least = (high - low) / count;
    if !least.is_normal() || least < NARROWEST * low.abs().max(high.abs()) {
        return vec![low, high];
    }
    let step = round_step(least);
    // The ends may miss a round number by as little as the eye does not see.
    let (first, last) = ((low / step - 0.01).ceil() as i64, (high / step + 0.01).floor() as i64);
    (first..=last).map(|at| at as f64 * step).collect()
}

/// A number in as few characters as three digits need; very small and very large ones with a power of ten: 2.5e−7.
pub(crate) fn rounded(number: f64) -> String {
    let short = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => digits.to_string(),
    };
    let size = number.abs();
    let text = if size == 0.0 || (1e-4 * (1.0 - 1e-6)..1e6).contains(&size) {
        let digits = if size == 0.0 { 0 } else { 2 - size.log10().floor() as i32 };
        short(&format!("{number:.*}", digits.clamp(0, 6) as usize))
    } else {
        let text = format!("{number:.2e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{}e{power}", short(digits))
    };
    text.replace('-', "−")
}

/// Numbers that stand under each other, with the same digits after the point: as many as the largest needs to show two.
pub(crate) fn alike(numbers: &[f64]) -> Vec<String> {
    let most = numbers.iter().map(|number| number.abs()).fold(0.0, f64::max);
    if most > 0.0 && !(1e-4..1e6).contains(&most) {
        return numbers.iter().map(|number| rounded(*number)).collect();
    }
    let digits = match most {
        0.0 => 2,
        most if most >= 1000.0 => 0,
        most if most >= 100.0 => 1,
        most => (1 - most.log10().floor() as i32).max(2).unsigned_abs() as usize,
    };
    let write = |number: &f64| {
        let text = format!("{number:.digits$}");
        let is_zero = text.bytes().all(|byte| !(b'1'..=b'9').contains(&byte));
        text.replace('-', if is_zero { "" } else { "−" })
    };
    numbers.iter().map(write).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_large_enough() {
        for (least, step) in [(1.0, 1.0), (1.01, 2.0), (3.0, 5.0), (6.0, 10.0), (0.0021, 0.005), (700.0, 1000.0)] {
            assert!((round_step(least) / step - 1.0).abs() < 1e-9, "{least}: {}", round_step(least));
        }
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(0.0, 1.0, 5.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(ticks(0.0, 70.0, 5.0), [0.0, 20.0, 40.0, 60.0]);
        assert_eq!(ticks(-1.0, 1.0, 4.0), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(ticks(-11.75, 0.0, 4.0), [-10.0, -5.0, 0.0]);
        assert_eq!(ticks(0.0, 5e-324, 5.0), [0.0, 5e-324]);
        assert_eq!(ticks(0.0, f64::INFINITY, 5.0), [0.0, f64::INFINITY]);
        for most in [1e-306, 3e-7, 0.008, 2.77, 3.0, 999.0, 12345.0, 1e308] {
            assert!((3..=7).contains(&ticks(0.0, most, 5.0).len()), "{most}: {:?}", ticks(0.0, most, 5.0));
        }
    }

    #[test]
    fn short_numbers() {
        for (number, text) in [
            (0.0, "0"),
            (0.25, "0.25"),
            (-1.0, "−1"),
            (12.345, "12.3"),
            (0.012345, "0.0123"),
            (12345.0, "12345"),
            (1e-4, "0.0001"),
            (5e-7, "5e−7"),
            (-2.5e-9, "−2.5e−9"),
            (3e30, "3e30"),
            (5e-324, "4.94e−324"),
        ] {
            assert_eq!(rounded(number), text);
        }
    }

    #[test]
    fn numbers_under_each_other_have_the_same_digits() {
        for (numbers, words) in [
            ([0.98, -0.001], ["0.98", "0.00"]),
            ([-0.0123, 0.0004], ["−0.012", "0.000"]),
            ([123.44, -5.0], ["123.4", "−5.0"]),
            ([0.0, 0.0], ["0.00", "0.00"]),
            ([3e-7, 0.0], ["3e−7", "0"]),
        ] {
            assert_eq!(alike(&numbers), words);
        }
    }
}
