//! The allocator of Headlight's programs: [mimalloc](https://github.com/microsoft/mimalloc), which hands large buffers back without
//! asking the system. A program asks for it; Headlight's libraries do not, and leave the choice to whoever uses them.
//!
//! ```
//! #[global_allocator]
//! static ALLOCATOR: headlight_flex::allocator::MiMalloc = headlight_flex::allocator::MiMalloc;
//!
//! fn main() {
//!     headlight_flex::allocator::keep_freed_memory();
//! }
//! ```

use std::ffi::c_long;

use libmimalloc_sys::{mi_option_set_default, mi_option_t};

pub use mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc's `mi_option_e`, version 2, which the Rust crate does not name.
const PURGE_DELAY: mi_option_t = 15;
/// Longer than any training step or pass of attention that Headlight is made for.
const MILLISECONDS: c_long = 1000;

/// Keeps freed memory for a second before the system gets it back.
///
/// By default it is handed back after 10 ms, and in a pass that takes longer the same buffers come back page by page, each cleared
/// by the system first: a twentieth of the time of attention over 4,096 tokens. Peak memory is the same. Whoever has set
/// `MIMALLOC_PURGE_DELAY` is obeyed.
pub fn keep_freed_memory() {
    set_delay(MILLISECONDS);
}

/// Gives freed memory back to the system at once from now on: for work that holds large things one after the other, each of which would
/// otherwise add to the peak. Whoever has set `MIMALLOC_PURGE_DELAY` is obeyed.
pub fn give_freed_memory_back() {
    set_delay(0);
}

fn set_delay(milliseconds: c_long) {
    // SAFETY: the option exists (see the test), and setting it changes only when memory is given back.
    #[expect(unsafe_code, reason = "mimalloc's options are set through C")]
    unsafe {
        mi_option_set_default(PURGE_DELAY, milliseconds);
    }
}

#[cfg(test)]
mod tests {
    use libmimalloc_sys::mi_option_get;

    use super::*;

    /// The number of an option could change with mimalloc's version; its documented default tells it from its neighbours.
    #[test]
    #[expect(unsafe_code, reason = "mimalloc's options are read through C")]
    fn the_option_is_the_delay_in_milliseconds() {
        // SAFETY: reads a number.
        let delay = || unsafe { mi_option_get(PURGE_DELAY) };
        assert_eq!(delay(), 10, "without MIMALLOC_PURGE_DELAY in the environment");
        keep_freed_memory();
        assert_eq!(delay(), MILLISECONDS);
        give_freed_memory_back();
        assert_eq!(delay(), 0);
    }
}
