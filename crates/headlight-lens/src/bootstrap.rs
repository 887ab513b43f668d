use headlight_model::keyed_generator;
use headlight_record::findings::Estimate;
use rand::RngExt;

/// How often the examples are drawn anew.
const RESAMPLES: usize = 1000;
/// Share of the resampled means on either side of the interval.
const TAIL: f64 = 0.025;
/// Tells these random numbers from those of other purposes that have the same seed.
const PURPOSE: u64 = 0xb007;

/// Bootstrap resamples of a number of examples (Efron, [1979](https://doi.org/10.1214/aos/1176344552)): drawn once, so that all figures of
/// a lens are of the same resamples, and a difference of two figures has the interval of their pairs.
pub struct Bootstrap {
    examples: usize,
    /// Numbers of examples, as many in each as there are examples.
    resamples: Vec<Vec<u32>>,
}

impl Bootstrap {
    /// Draws the resamples. Equal seeds give equal ones.
    ///
    /// # Panics
    ///
    /// When there is no example.
    pub fn new(examples: usize, seed: u64) -> Self {
        assert!(examples > 0, "no example has no mean");
        let mut generator = keyed_generator([seed, PURPOSE, examples as u64, 0]);
        let count = if examples == 1 { 0 } else { RESAMPLES }; // one example has no spread
        let mut draw = || (0..examples).map(|_| generator.random_range(0..examples as u32)).collect();
        Self { examples, resamples: (0..count).map(|_| draw()).collect() }
    }

    /// The mean of a number of each example, and the percentile interval of its resampled means.
    ///
    /// # Panics
    ///
    /// When there is not one value for each example.
    pub fn estimate(&self, values: &[f64]) -> Estimate {
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        self.estimate_known(&values).expect("every example has a value")
    }

    /// The same where some examples have no such number: over those that have one. `None` where none has.
    ///
    /// # Panics
    ///
    /// When there is not one entry for each example.
    pub fn estimate_known(&self, values: &[Option<f64>]) -> Option<Estimate> {
        assert_eq!(values.len(), self.examples, "one value for each example");
        let mean = mean(values.iter().copied())?;
        let resampled = self.resamples.iter();
        let mut means: Vec<f64> =
            resampled.filter_map(|drawn| self::mean(drawn.iter().map(|at| values[*at as usize]))).collect();
        means.sort_by(f64::total_cmp);
        let [low, high] = match means.len() {
            0 => [mean; 2],
            count => [TAIL, 1.0 - TAIL].map(|share| means[((count - 1) as f64 * share).round() as usize]),
        };
        Some(Estimate { mean, low, high, examples: values.iter().flatten().count() })
    }
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, count) = values.flatten().fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_normal_distribution_where_there_are_many_examples() {
        let values: Vec<f64> = (0..400).map(|at| f64::from(u8::from(at % 4 == 0))).collect();
        let found = Bootstrap::new(400, 3).estimate(&values);
        let half = 1.96 * (0.25f64 * 0.75 / 400.0).sqrt();
        assert_eq!((found.mean, found.examples), (0.25, 400));
        assert!((found.low - (0.25 - half)).abs() < 0.01 && (found.high - (0.25 + half)).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn equal_seeds_give_equal_intervals_and_constants_have_none() {
        let values: Vec<f64> = (0..40).map(|at| f64::from(at).sin()).collect();
        let [one, same, other] = [1, 1, 2].map(|seed| Bootstrap::new(40, seed).estimate(&values));
        assert_eq!(one, same);
        assert_ne!(one, other);
        assert_eq!(Bootstrap::new(3, 0).estimate(&[0.5; 3]), Estimate { mean: 0.5, low: 0.5, high: 0.5, examples: 3 });
        assert_eq!(Bootstrap::new(1, 0).estimate(&[7.0]), Estimate { mean: 7.0, low: 7.0, high: 7.0, examples: 1 });
    }

    #[test]
    fn examples_without_a_number_are_left_out_of_the_mean_and_of_the_count() {
        let found = Bootstrap::new(4, 0).estimate_known(&[None, Some(2.0), None, Some(4.0)]).expect("two have one");
        assert_eq!((found.mean, found.examples), (3.0, 2));
        assert!(found.low >= 2.0 && found.high <= 4.0);
        assert_eq!(Bootstrap::new(2, 0).estimate_known(&[None, None]), None);
    }
}
