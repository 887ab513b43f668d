//! What tables and pictures of a sweep say alike.

use super::SweepResults;

/// What a picture is called: the task, and what is shown of it.
pub(super) fn title(results: &SweepResults, what: &str) -> String {
    format!("{} · {what}", results.task)
}

/// `1 run`, `2 runs`.
pub(super) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// A number of steps, which between two runs may have halves and quarters: `300`, `962.5`, and `∞` where there is none.
pub(super) fn steps(number: f64) -> String {
    if number.is_finite() { number.to_string() } else { "∞".to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_short() {
        assert_eq!([300.0, 962.5, 331.25, f64::INFINITY].map(steps), ["300", "962.5", "331.25", "∞"]);
    }
}
