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

/// `0.98 [0.97, 0.99]`, with two digits or as many as the precision asks for.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let Self { mean, low, high, .. } = self;
        write!(f, "{mean:.digits$} [{low:.digits$}, {high:.digits$}]")
    }
}
