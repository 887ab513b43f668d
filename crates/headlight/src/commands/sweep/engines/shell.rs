//! Commands as a shell reads them.

use std::path::Path;

use anyhow::Context;

use crate::commands::sweep::engine::Work;
use crate::shell_words::on_one_line;

/// The command that trains each run, one a line.
pub(super) fn commands(work: &Work) -> anyhow::Result<String> {
    let (program, directory) = (on_one_line(text(&work.program)?), on_one_line(text(&work.directory)?));
    let lines = work.numbers.iter().map(|number| format!("{program} sweep --run {directory} {number}\n"));
    Ok(lines.collect())
}

/// A path that a script can hold.
pub(super) fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{}: not UTF-8, which no script can name", path.display()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::commands::sweep::engines::example::Example;

    #[test]
    fn a_line_trains_a_run() {
        let example = Example::of(&[0, 7, 4]);
        let commands = commands(&example.work).expect("commands");
        assert_eq!(commands.lines().count(), 3, "{commands}");
        for line in commands.lines() {
            let status = std::process::Command::new("bash").args(["-c", line]).status();
            assert!(status.expect("a shell").success(), "{line}");
        }
        assert_eq!(example.calls(), example.work.numbers);
    }
}
