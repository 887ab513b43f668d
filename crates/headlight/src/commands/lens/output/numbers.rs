//! Numbers of one column, written alike so that they can be compared at a glance.

use headlight_record::findings::Cell;

/// Models compute with 24 bits: of numbers around 1, a difference below this is none.
const ROUNDING: f64 = 1e-7;

/// How the numbers of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    /// So many after the point.
    Decimals(usize),
    /// With a power of ten: 2.5e-7.
    Power,
}

/// The cells of a column as words of a table. The ends of intervals stand under each other.
pub(super) fn written(cells: &[&Cell]) -> Vec<String> {
    let digits = Digits::of(cells);
    let parts: Vec<[String; 3]> = cells
        .iter()
        .map(|cell| match cell {
            Cell::Estimate(estimate) => {
                let [low, high] =
                    estimate.interval().map_or(Default::default(), |ends| ends.map(|end| digits.write(end)));
                [digits.write(estimate.mean), low, high]
            }
            _ => Default::default(),
        })
        .collect();
    let widest = |at: usize| parts.iter().map(|part| part[at].len()).max().unwrap_or(0);
    let [_, low_width, high_width] = [0, 1, 2].map(widest);
    let words = |(cell, [mean, low, high]): (&&Cell, &[String; 3])| match cell {
        Cell::Count(count) => count.to_string(),
        Cell::Number(number) => digits.write(*number),
        Cell::Text(text) => visible(text),
        Cell::Estimate(_) if low.is_empty() => mean.clone(),
        Cell::Estimate(_) => format!("{mean} [{low:>low_width$}, {high:>high_width$}]"),
        Cell::Empty => String::new(),
    };
    cells.iter().zip(&parts).map(words).collect()
}

/// Whether a column holds numbers, which stand on the right of it.
pub(super) fn is_numeric(cells: &[&Cell]) -> bool {
    cells.iter().all(|cell| !matches!(cell, Cell::Text(_)))
}

impl Digits {
    /// As many digits as tell the numbers of these cells apart: two of the largest at least.
    fn of(cells: &[&Cell]) -> Self {
        let numbers = cells.iter().flat_map(|cell| match cell {
            Cell::Number(number) => vec![*number],
            Cell::Estimate(estimate) => vec![estimate.mean, estimate.low, estimate.high],
            Cell::Count(_) | Cell::Text(_) | Cell::Empty => Vec::new(),
        });
        match numbers.map(f64::abs).filter(|size| size.is_finite()).fold(0.0, f64::max) {
            most if most < ROUNDING => Self::Decimals(2),
            most if !(1e-4..1e6).contains(&most) => Self::Power,
            most if most >= 1000.0 => Self::Decimals(0),
            most if most >= 100.0 => Self::Decimals(1),
            most => Self::Decimals((1 - most.log10().floor() as i32).max(2).unsigned_abs() as usize),
        }
    }

    fn write(self, number: f64) -> String {
        match self {
            Self::Decimals(digits) => {
                let text = format!("{number:.digits$}");
                let is_zero = text.bytes().all(|byte| !byte.is_ascii_digit() || byte == b'0');
                if is_zero && number.is_finite() { text.replace('-', "") } else { text }
            }
            Self::Power if number.abs() < ROUNDING => "0".to_string(),
            Self::Power => format!("{number:.1e}"),
        }
    }
}

/// Words on one line, with what leaves no ink as an escape.
fn visible(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use headlight_record::findings::Estimate;

    use super::*;

    fn column<const N: usize>(cells: [Cell; N]) -> Vec<String> {
        written(&cells.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_column_has_the_digits_that_its_largest_number_needs() {
        for (numbers, words) in [
            ([0.98, -0.001], ["0.98", "0.00"]),
            ([0.012, 0.0004], ["0.012", "0.000"]),
            ([123.44, 5.0], ["123.4", "5.0"]),
            ([0.00034, -0.00004], ["0.00034", "-0.00004"]),
            ([3e-7, 0.0], ["3.0e-7", "0"]),
            ([4e-15, -0.0], ["0.00", "0.00"]),
            ([12345.6, 7.0], ["12346", "7"]),
            ([0.0, f64::NAN], ["0.00", "NaN"]),
        ] {
            assert_eq!(column(numbers.map(Cell::Number)), words);
        }
    }

    #[test]
    fn intervals_stand_under_each_other() {
        let estimate = |mean, low, high| Cell::Estimate(Estimate { mean, low, high, examples: 9 });
        let words = column([estimate(0.5, 0.25, 0.75), estimate(-0.25, -0.5, -0.125), Cell::Empty, "a\nb".into()]);
        assert_eq!(words, ["0.50 [ 0.25,  0.75]", "-0.25 [-0.50, -0.12]", "", "a\\nb"]);
        let of_one = Cell::Estimate(Estimate { mean: 0.5, low: 0.5, high: 0.5, examples: 1 });
        assert_eq!(column([of_one, estimate(0.25, 0.0, 0.5)]), ["0.50", "0.25 [0.00, 0.50]"]);
    }
}
