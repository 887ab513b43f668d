//! Files of a sweep that cannot be read.

use crate::output::note;

/// Names each in a line; the rest goes on.
pub(super) fn note_damage(lines: &[String]) {
    lines.iter().for_each(|line| note(format_args!("note: {line}")));
}
