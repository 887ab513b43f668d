//! How large a picture may become. Figures ask before they place things, so that no position is beyond its number.

use crate::error::PlotError;
use crate::limits::{LONGEST_SIDE, MOST_PIXELS};
use crate::options::Format;

/// Whether something so wide and so high still fits a picture.
///
/// # Errors
///
/// [`PlotError::TooLarge`] where it does not.
pub(crate) fn check_size(format: Format, width: i64, height: i64) -> Result<(), PlotError> {
    let has_sides = width.max(height) <= LONGEST_SIDE;
    if has_sides && (format == Format::Svg || width * height <= MOST_PIXELS) {
        return Ok(());
    }
    Err(PlotError::TooLarge { width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_and_pixels_have_their_limits() {
        let fits = |format, width, height| check_size(format, width, height).is_ok();
        assert!(fits(Format::Png, 8192, 8192) && !fits(Format::Png, 8192, 8193));
        assert!(fits(Format::Svg, 1 << 24, 1 << 24) && !fits(Format::Svg, (1 << 24) + 1, 1));
        for format in [Format::Png, Format::Svg] {
            assert!(!fits(format, i64::MAX, i64::MAX) && !fits(format, 1, 1 << 32));
        }
    }
}
