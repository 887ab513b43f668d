use std::path::Path;

use anyhow::{anyhow, bail};

/// What a model is looked at on.
pub(super) enum Texts<'a> {
    /// A file with a text in each line.
    File(&'a Path),
    /// A file with token numbers in each line.
    Ids(&'a Path),
    /// One text.
    One(&'a str),
}

impl Texts<'_> {
    pub(super) fn title(&self) -> String {
        match self {
            Self::File(path) | Self::Ids(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Self::One(text) => text.chars().take(60).collect(),
        }
    }

    /// The lines that are not blank, with their numbers; the one text.
    pub(super) fn lines(&self) -> anyhow::Result<Vec<(usize, String)>> {
        let lines = |path: &Path| -> anyhow::Result<Vec<(usize, String)>> {
            let bytes = std::fs::read(path).map_err(|error| anyhow!("{}: {error}", path.display()))?;
            let text = String::from_utf8(bytes).map_err(|_| anyhow!("{}: not a text file in UTF-8", path.display()))?;
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            let lines: Vec<(usize, String)> = lines.map(|(at, line)| (at + 1, line.to_owned())).collect();
            if lines.is_empty() {
                bail!("{}: no text in it", path.display());
            }
            Ok(lines)
        };
        match self {
            Self::File(path) | Self::Ids(path) => lines(path),
            Self::One(text) => Ok(vec![(1, (*text).to_owned())]),
        }
    }

    /// Where a line is, for messages.
    pub(super) fn place(&self, line: usize) -> String {
        match self {
            Self::File(path) | Self::Ids(path) => format!("{}, line {line}", path.display()),
            Self::One(_) => "--input".to_string(),
        }
    }
}
