//! What pictures of a sweep say alike.

use crate::sweep::SweepResults;

/// What a sweep's picture begins with, and over what its numbers are taken.
pub(super) fn title(results: &SweepResults, what: &str) -> String {
    format!("{} · {what}", results.task)
}

/// `1 run`, `2 runs`.
pub(super) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
