//! Fewer of many.

/// All, or so many of them, evenly spread from the first to the last.
pub(super) fn some<T: Clone>(all: Vec<T>, most: usize) -> Vec<T> {
    if all.len() <= most {
        return all;
    }
    (0..most).map(|at| all[at * (all.len() - 1) / (most - 1)].clone()).collect()
}
