//! Where the token is read from.

use std::env::VarError;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::anyhow;
use headlight_device::Token;

use crate::output::note;
use crate::shell_words::on_one_line;

/// The token on the client's side where there is no file of it.
const VARIABLE: &str = "HEADLIGHT_TOKEN";

/// The deadline where there is no option.
const TIMEOUT: &str = "HEADLIGHT_REMOTE_TIMEOUT";

/// More is no token; a device file may have no end.
const MAX_BYTES: u64 = 4096;

/// The token in the environment, if there is one.
pub(super) fn of_environment() -> anyhow::Result<Option<Token>> {
    match std::env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => Ok(Some(text.parse().map_err(|error| anyhow!("{VARIABLE}: {error}"))?)),
        Ok(_) | Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(anyhow!("{VARIABLE} is not UTF-8")),
    }
}

/// How many seconds the environment says that a device may take: the runs of a sweep have no other way to know.
pub(super) fn timeout_of_environment() -> anyhow::Result<Option<u64>> {
    let Some(text) = std::env::var_os(TIMEOUT).filter(|text| !text.is_empty()) else { return Ok(None) };
    let seconds = text.to_str().and_then(|text| text.parse().ok()).filter(|seconds| (1..=86_400).contains(seconds));
    seconds.map(Some).ok_or_else(|| anyhow!("{TIMEOUT}: {} is no number of seconds from 1 to 86400", text.display()))
}

/// The token in a file, with a note where others can read it too.
pub(crate) fn read_token(file: &Path) -> anyhow::Result<Token> {
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    read.map_err(|error| anyhow!("cannot read {}: {error}", file.display()))?;
    let token = text.parse().map_err(|error| anyhow!("{}: {error}", file.display()))?;
    if is_open_to_others(file) {
        let name = on_one_line(&file.to_string_lossy());
        note(format_args!("note: other users can read {name}: chmod 600 {name}"));
    }
    Ok(token)
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
