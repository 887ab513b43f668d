//! Models from Hugging Face's servers into the cache, by Hugging Face's own `hf-hub`. Its version 0.5 is the last that needs neither an
//! asynchronous runtime nor two hundred crates. What it leaves out is checked here: that a file is as long as the server said, and has
//! the checksum that it should have.

mod error;
mod files;
mod progress;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use hf_hub::api::sync::{ApiBuilder, ApiError, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};
use sha2::{Digest, Sha256};

pub use error::DownloadError;
pub use progress::{DownloadProgress, DownloadStep};

use super::name::{folder_of, is_plain};
use files::files_to_read;

/// What is to be downloaded, and where to.
#[derive(Clone, Copy, Debug)]
pub struct Download<'a> {
    /// `gpt2`, or `sentence-transformers/all-MiniLM-L6-v2`.
    pub name: &'a str,
    /// A branch, a tag or a commit; see [`MAIN`](super::MAIN).
    pub revision: &'a str,
    /// The cache.
    pub root: &'a Path,
    /// The server, such as `https://huggingface.co`.
    pub endpoint: &'a str,
    /// What lets its owner at models that are not everybody's.
    pub token: Option<&'a str>,
}

impl Download<'_> {
    /// Downloads the files that Headlight reads, and gives the model's directory. Files that are there are not downloaded again, and of
    /// one that is there in part, the rest is. `progress` can be looked at meanwhile.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, has no such model or no parameters in safetensors, or a file cannot be written or is not what
    /// it should be. What has come until then stays.
    pub fn run(&self, progress: &DownloadProgress) -> Result<PathBuf, DownloadError> {
        let folder = folder_of(self.name).ok_or_else(|| DownloadError::NoName(self.name.to_owned()))?;
        if !self.revision.split('/').all(is_plain) {
            return Err(DownloadError::NoRevision(self.revision.to_owned()));
        }
        let failed = |what: &str, error: ApiError| self.failed(what, error);
        let api = ApiBuilder::from_cache(Cache::new(self.root.to_owned()))
            .with_endpoint(self.endpoint.trim_end_matches('/').to_owned())
            .with_token(self.token.map(str::to_owned))
            .with_progress(false);
        let api = api.build().map_err(|error| failed(self.name, error))?;
        let repository = Repo::with_revision(self.name.to_owned(), RepoType::Model, self.revision.to_owned());
        let model = api.repo(repository.clone());

        let info = model.info().map_err(|error| failed(self.name, error))?;
        if !is_plain(&info.sha) {
            return Err(DownloadError::NoRevision(info.sha));
        }
        let names: BTreeSet<&str> = info.siblings.iter().map(|file| &file.rfilename[..]).collect();
        let files = files_to_read(self.name, &names)?;
        let snapshot = self.root.join(folder).join("snapshots").join(&info.sha);
        for (nth, file) in files.iter().enumerate() {
            let path = snapshot.join(file);
            if path.is_file() {
                continue;
            }
            if fs::symlink_metadata(&path).is_ok() {
                fs::remove_file(&path).map_err(|error| failed(file, error.into()))?; // a link to nothing
            }
            progress.start(file, nth, files.len());
            let found = fetch(&model, file, progress).map_err(|error| failed(file, error))?;
            let is_right = check(&found, progress.now().bytes_of_file).map_err(|error| failed(file, error.into()))?;
            if !is_right {
                return Err(DownloadError::Damaged { file: file.clone(), endpoint: self.endpoint.to_owned() });
            }
            if found != path {
                return Err(DownloadError::Changed { name: self.name.to_owned(), revision: self.revision.to_owned() });
            }
        }
        // It may be that nothing was to be downloaded but what the revision is.
        let reference = Cache::new(self.root.to_owned()).repo(repository).create_ref(&info.sha);
        reference.map_err(|error| failed(self.name, error.into()))?;
        Ok(snapshot)
    }

    fn failed(&self, what: &str, error: ApiError) -> DownloadError {
        let (endpoint, name) = (self.endpoint.to_owned(), self.name.to_owned());
        if let ApiError::RequestError(source) = &error
            && let ureq::Error::StatusCode(status @ (401 | 403 | 404)) = **source
        {
            return DownloadError::Refused { endpoint, name, revision: self.revision.to_owned(), status };
        }
        DownloadError::Failed { what: what.to_owned(), endpoint, source: Box::new(error) }
    }
}

/// Downloads a file, and goes on where the connection breaks as long as each time something more comes through.
fn fetch(model: &ApiRepo, file: &str, progress: &DownloadProgress) -> Result<PathBuf, ApiError> {
    let mut furthest = 0;
    loop {
        match model.download_with_progress(file, progress.clone()) {
            Err(_) if progress.now().bytes > furthest => furthest = progress.now().bytes,
            done => return done,
        }
    }
}

/// Whether a file is as long as it should be, and has the checksum that is its name where that is one of SHA-256. One that isn't is
/// removed, so that it is downloaded anew.
fn check(link: &Path, length: u64) -> io::Result<bool> {
    let path = fs::canonicalize(link)?;
    let mut file = File::open(&path)?;
    let mut is_right = file.metadata()?.len() == length;
    if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.len() == 64) {
        let mut sum = Sha256::new();
        io::copy(&mut file, &mut sum)?;
        is_right &= format!("{:x}", sum.finalize()) == name;
    }
    if !is_right {
        fs::remove_file(link)?;
        fs::remove_file(path)?;
    }
    Ok(is_right)
}
