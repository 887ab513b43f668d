use crate::TrainError;

/// The caller's thread, for the one replica of a build without threads.
#[derive(Debug)]
pub(super) struct Workers;

impl Workers {
    pub(super) fn new(threads: usize) -> Result<Self, TrainError> {
        if threads == 1 { Ok(Self) } else { Err(TrainError::OneThread { threads }) }
    }

    pub(super) fn count(&self) -> usize {
        1
    }

    pub(super) fn run<J, T>(&self, jobs: impl Iterator<Item = J>) -> Vec<T>
    where
        J: FnOnce() -> T + Send,
        T: Send,
    {
        jobs.map(|job| job()).collect()
    }

    pub(super) fn run_alone<T: Send>(&self, job: impl FnOnce() -> T + Send) -> T {
        job()
    }
}
