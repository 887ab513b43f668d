//! Where the token is read from.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::anyhow;
use headlight_device::Token;

use crate::output::note;

/// The token on the client's side where there is no file of it.
const VARIABLE: &str = "HEADLIGHT_TOKEN";

/// More is no token; a device file may have no end.
const MAX_BYTES: u64 = 4096;

/// The token in the environment, if there is one.
pub(super) fn of_environment() -> anyhow::Result<Option<Token>> {
    match std::env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => Ok(Some(text.parse().map_err(|error| anyhow!("{VARIABLE}: {error}"))?)),
        _ => Ok(None),
    }
}

/// The token in a file, with a note where others can read it too.
pub(crate) fn read_token(file: &Path) -> anyhow::Result<Token> {
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    read.map_err(|error| anyhow!("cannot read {}: {error}", file.display()))?;
    let token = text.parse().map_err(|error| anyhow!("{}: {error}", file.display()))?;
    if is_open_to_others(file) {
        note(format_args!("note: others than you can read {0}: chmod 600 {0}", file.display()));
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
