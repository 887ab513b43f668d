//! Gradients by nothing but the forward pass, to check the formulas that the other gradients are checked with.

/// (f(x + h) − f(x − h)) / 2h for each of the numbers in turn, which is right to about h².
pub fn slopes(numbers: &[f64], loss: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let moved = |at: usize, by: f64| {
        let mut numbers = numbers.to_vec();
        numbers[at] += by;
        loss(&numbers)
    };
    (0..numbers.len()).map(|at| (moved(at, STEP) - moved(at, -STEP)) / (2.0 * STEP)).collect()
}
