use std::sync::{Arc, Mutex, PoisonError};

use hf_hub::api::Progress;

/// How far a download is. Its copies are one and the same, so that one thread can look while another downloads.
#[derive(Clone, Debug, Default)]
pub struct DownloadProgress(Arc<Mutex<DownloadStep>>);

/// How far a download is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DownloadStep {
    /// The file that is being downloaded; empty before the first.
    pub file: String,
    /// Which of the files it is, from 0. Those that were there are counted.
    pub nth: usize,
    /// How many files there are.
    pub n_files: usize,
    /// How much of this file is there.
    pub bytes: u64,
    /// How long it is; 0 before the server has said so.
    pub bytes_of_file: u64,
}

impl DownloadProgress {
    /// How far it is now.
    pub fn now(&self) -> DownloadStep {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn start(&self, file: &str, nth: usize, n_files: usize) {
        self.change(|step| *step = DownloadStep { file: file.to_owned(), nth, n_files, bytes: 0, bytes_of_file: 0 });
    }

    fn change(&self, change: impl FnOnce(&mut DownloadStep)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What hf-hub says.
impl Progress for DownloadProgress {
    fn init(&mut self, size: usize, _: &str) {
        self.change(|step| (step.bytes, step.bytes_of_file) = (0, size as u64));
    }

    fn update(&mut self, size: usize) {
        self.change(|step| step.bytes += size as u64);
    }

    fn finish(&mut self) {}
}
