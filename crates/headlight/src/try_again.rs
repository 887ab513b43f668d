//! A failure after which the same request may succeed.

/// What went wrong.
#[derive(Debug)]
pub(crate) struct TryAgain(pub(crate) String);

/// The exit code that says so: `EX_TEMPFAIL` of `sysexits.h`.
pub(crate) const EXIT_CODE: u8 = 75;

impl std::fmt::Display for TryAgain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TryAgain {}
