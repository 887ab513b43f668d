use zip::result::ZipError;

/// Why an archive is not a run's.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Bytes that are no zip archive, or a damaged one.
    #[error("not a zip archive of a run: {0}")]
    Zip(#[from] ZipError),
    /// A zip archive of something else.
    #[error("the archive holds no run: it has no config.json, at its top or in one folder")]
    NoRun,
    /// Several runs in one archive.
    #[error("the archive holds several runs: pack one of them alone")]
    SeveralRuns,
    /// An archive that unpacks to more than it can have been packed from.
    #[error("the archive would unpack to {unpacked} bytes out of {packed}: it is not a run's")]
    Bomb {
        /// Its size.
        packed: u64,
        /// What it claims to hold.
        unpacked: u64,
    },
    /// A file larger than the run's configuration makes it.
    #[error("the archive's {name} has {bytes} bytes, and a run like this has at most {max}")]
    LargeFile {
        /// The file.
        name: &'static str,
        /// What it claims to hold.
        bytes: u64,
        /// What is unpacked at most.
        max: u64,
    },
    /// More files than a run keeps.
    #[error(
        "the archive holds more than {max} files: pack the run without its records and parameters of earlier steps"
    )]
    ManyFiles {
        /// How many are taken.
        max: u64,
    },
}
