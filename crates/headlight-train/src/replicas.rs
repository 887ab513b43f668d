#[cfg(not(feature = "threads"))]
#[path = "replicas/caller.rs"]
mod workers;
#[cfg(feature = "threads")]
#[path = "replicas/pools.rs"]
mod workers;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::Device;
use headlight_model::{DropoutKey, Transformer};

use self::workers::Workers;
use crate::config::check_range;
use crate::part::{answer_tokens, parts};
use crate::step::{BatchScore, forward_backward};
use crate::{Batch, Example, Task, TrainError};

/// Copies of the model side by side, each working on its part of the batch: with the feature `threads` on the processor's cores,
/// each in a thread of its own; without it there is one, which works in the caller's thread.
///
/// At Headlight's sizes Burn's own thread pool wins nothing, since its pieces are too small. So every replica runs in a
/// pool of its own, of one thread, in which Burn finds nobody to share with. Sums are made in the replicas' order: the same
/// count of replicas gives the same bytes.
#[derive(Debug)]
pub struct Replicas {
    workers: Workers,
}

impl Replicas {
    /// Starts a thread for each replica.
    ///
    /// # Errors
    ///
    /// When `count` is 0 or more than 256, the system gives no more threads, or the build has none and `count` is not 1.
    pub fn new(count: usize) -> Result<Self, TrainError> {
        Self::check(count)?;
        Ok(Self { workers: Workers::new(count)? })
    }

    /// Says whether so many can be asked for.
    ///
    /// # Errors
    ///
    /// When `count` is 0 or more than 256.
    pub fn check(count: usize) -> Result<(), TrainError> {
        Ok(check_range("threads", count, 1, 256)?)
    }

    /// Score and gradients of one training step, each replica working on its part of the examples.
    ///
    /// # Panics
    ///
    /// When there is no example, or the model does not fit the task.
    pub fn forward_backward(
        &self,
        model: &Transformer,
        task: &Task,
        examples: &[Example],
        key: DropoutKey,
        device: &Device,
    ) -> (BatchScore, GradientsParams) {
        let parts = parts(examples, self.count());
        let jobs = parts.into_iter().enumerate().map(|(shard, part)| {
            let replica = replica(model, key, shard, device);
            move || {
                let share = answer_tokens(part) as f64 / answer_tokens(examples) as f64;
                let (score, gradients) = forward_backward(&replica, &Batch::new(task, part, device), share);
                (share, score, gradients)
            }
        });
        let mut total = BatchScore::default();
        let mut sum = GradientsAccumulator::new();
        for (share, score, gradients) in self.run(jobs) {
            total.add(share, &score);
            sum.accumulate(model, gradients);
        }
        (total, sum.grads())
    }

    /// Runs one job a replica at the same time, and returns the answers in the jobs' order.
    ///
    /// # Panics
    ///
    /// When there are more jobs than replicas, or a job panics.
    pub fn run<J, T>(&self, jobs: impl Iterator<Item = J>) -> Vec<T>
    where
        J: FnOnce() -> T + Send,
        T: Send,
    {
        self.workers.run(jobs)
    }

    /// Runs one job on the first replica's thread.
    pub fn run_alone<T: Send>(&self, job: impl FnOnce() -> T + Send) -> T {
        self.workers.run_alone(job)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.workers.count()
    }
}

/// A copy of the model for one part of a step, with dropout of its own.
pub(crate) fn replica(model: &Transformer, key: DropoutKey, shard: usize, device: &Device) -> Transformer {
    // A fork has an autodiff graph of its own: two threads cannot share one.
    model.clone().fork(device).with_dropout(DropoutKey { shard: shard as u32, ..key })
}
