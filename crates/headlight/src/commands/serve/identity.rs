//! The file of a server's identity.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use anyhow::anyhow;
use headlight_device::Identity;

/// The identity in a file. One that is made there stays the same from then on, so that clients can name the server by it.
pub(super) fn read_or_make(file: &Path) -> anyhow::Result<Identity> {
    match std::fs::File::open(file) {
        Ok(opened) => {
            let mut bytes = Vec::new();
            // One byte more than an identity has shows that it is none.
            opened
                .take(33)
                .read_to_end(&mut bytes)
                .map_err(|error| anyhow!("cannot read {}: {error}", file.display()))?;
            Identity::from_bytes(&bytes).map_err(|error| anyhow!("{}: {error}", file.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let identity = Identity::random();
            make(file, &identity.to_bytes()).map_err(|error| anyhow!("cannot write {}: {error}", file.display()))?;
            Ok(identity)
        }
        Err(error) => Err(anyhow!("cannot read {}: {error}", file.display())),
    }
}

/// Nobody else may read it, not even for a moment.
fn make(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(bytes)
}
