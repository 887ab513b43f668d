use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::TrainError;

/// A rayon pool of one thread for each replica.
#[derive(Debug)]
pub(super) struct Workers {
    pools: Vec<ThreadPool>,
}

impl Workers {
    pub(super) fn new(threads: usize) -> Result<Self, TrainError> {
        let pool = || ThreadPoolBuilder::new().num_threads(1).build();
        let pools = (0..threads).map(|_| pool()).collect::<Result<_, _>>();
        Ok(Self { pools: pools.map_err(|source| TrainError::Threads { threads, source })? })
    }

    pub(super) fn count(&self) -> usize {
        self.pools.len()
    }

    pub(super) fn run<J, T>(&self, jobs: impl Iterator<Item = J>) -> Vec<T>
    where
        J: FnOnce() -> T + Send,
        T: Send,
    {
        let jobs: Vec<J> = jobs.collect();
        let mut answers: Vec<Option<T>> = jobs.iter().map(|_| None).collect();
        begin(&self.pools, &mut jobs.into_iter().zip(&mut answers));
        answers.into_iter().map(|answer| answer.expect("every job has ended")).collect()
    }

    pub(super) fn run_alone<T: Send>(&self, job: impl FnOnce() -> T + Send) -> T {
        self.pools[0].install(job)
    }
}

/// Starts a job in the first pool, then the others in the others, and waits for all. No thread is made: a step takes so little time
/// that making them would show.
fn begin<'a, J, T>(pools: &[ThreadPool], jobs: &mut impl Iterator<Item = (J, &'a mut Option<T>)>)
where
    J: FnOnce() -> T + Send,
    T: Send + 'a,
{
    if let Some((job, answer)) = jobs.next() {
        let (pool, others) = pools.split_first().expect("no more jobs than replicas");
        pool.in_place_scope(|scope| {
            scope.spawn(|_| *answer = Some(job()));
            begin(others, jobs);
        });
    }
}
