//! Parts of a computation on all threads: the one place of this crate that knows threads. Without the Cargo feature `threads` the same
//! parts are computed one after the other, and give the same bits.

#[cfg(feature = "threads")]
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// The threads of the rayon pool that the caller runs in; 1 without the feature.
pub(crate) fn threads() -> usize {
    #[cfg(feature = "threads")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "threads"))]
    1
}

/// Calls `work` on every part.
pub(crate) fn for_each<P: Send>(parts: impl Iterator<Item = P>, work: impl Fn(P) + Send + Sync) {
    #[cfg(feature = "threads")]
    parts.collect::<Vec<_>>().into_par_iter().for_each(work);
    #[cfg(not(feature = "threads"))]
    parts.for_each(work);
}

/// What `work` makes of every part, in the order of the parts.
pub(crate) fn map<P: Send, R: Send>(parts: impl Iterator<Item = P>, work: impl Fn(P) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "threads")]
    return parts.collect::<Vec<_>>().into_par_iter().map(work).collect();
    #[cfg(not(feature = "threads"))]
    parts.map(work).collect()
}
