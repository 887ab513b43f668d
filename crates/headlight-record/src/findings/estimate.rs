use std::fmt;

use serde::{Deserialize, Serialize};

/// A mean over examples with its 95 % bootstrap interval (Efron, 1979). The interval says how much the mean would move with other
/// examples of the same kind; with one example it says nothing, and is the mean itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// 2.5 % of the resampled means are below this.
    pub low: f64,
    /// 2.5 % of them are above this.
    pub high: f64,
    /// Over how many examples.
    pub examples: usize,
}

impl Estimate {
    /// The ends of the interval, where there are several examples for it to say something of.
    pub fn interval(&self) -> Option<[f64; 2]> {
        (self.examples > 1).then_some([self.low, self.high])
    }
}

/// `0.98 [0.97, 0.99]`, with two digits or as many as the precision asks for; of one example `0.98`.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        write!(f, "{:.digits$}", self.mean)?;
        match self.interval() {
            Some([low, high]) => write!(f, " [{low:.digits$}, {high:.digits$}]"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_example_has_no_interval() {
        let estimate = Estimate { mean: 0.5, low: 0.25, high: 0.75, examples: 2 };
        assert_eq!(format!("{estimate}, {estimate:.1}"), "0.50 [0.25, 0.75], 0.5 [0.2, 0.8]");
        assert_eq!(Estimate { examples: 1, ..estimate }.to_string(), "0.50");
    }
}
