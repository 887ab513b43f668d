/// How many tokens were predicted rightly, given the right ones before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// So many,
    pub right: usize,
    /// of so many.
    pub asked: usize,
}

impl Tally {
    /// The share that was right; 0 where nothing was asked.
    pub fn share(self) -> f64 {
        self.right as f64 / self.asked.max(1) as f64
    }
}
