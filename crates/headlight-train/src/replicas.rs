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
use crate::gradients::{from_numbers, to_numbers};
use crate::part::{answer_tokens, parts};
use crate::step::{BatchScore, forward_backward};
use crate::{Batch, Example, Task, TrainError};

/// Copies of the model side by side, each working on its part of the batch: with the feature `threads` on the processor's cores,
/// each in a thread of its own; without it there is one, which works in the caller's thread.
///
/// At Headlight's sizes Burn's own thread pool wins nothing, since its pieces are too small. So every replica runs in a
/// pool of its own, of one thread, in which Burn finds nobody to share with. Sums are made in the replicas' order: the same
/// count of replicas gives the same bytes.
///
/// [On several devices](Self::on_devices), such as those of several machines, each replica computes on its own. The parameters go
/// there in every step, and the gradients come back.
#[derive(Debug)]
pub struct Replicas {
    workers: Workers,
    /// Each replica's own device; none where all compute on the model's.
    devices: Vec<Device>,
}

impl Replicas {
    /// Starts a thread for each replica.
    ///
    /// # Errors
    ///
    /// When `count` is 0 or more than 256, the system gives no more threads, or the build has none and `count` is not 1.
    pub fn new(count: usize) -> Result<Self, TrainError> {
        Self::check(count)?;
        Ok(Self { workers: Workers::new(count)?, devices: Vec::new() })
    }

    /// Starts a thread for each of these devices, whose replica computes there.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new) of as many.
    pub fn on_devices(devices: Vec<Device>) -> Result<Self, TrainError> {
        let replicas = Self::new(devices.len())?;
        Ok(Self { devices, ..replicas })
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
            let own = self.device_of(shard).map(|own| own.clone().autodiff());
            let computes_on = own.clone().unwrap_or_else(|| device.clone());
            let replica = replica(model, key, shard, &computes_on);
            move || {
                let share = answer_tokens(part) as f64 / answer_tokens(examples) as f64;
                let (score, gradients) = forward_backward(&replica, &Batch::new(task, part, &computes_on), share);
                let gradients = match own {
                    Some(_) => Gradients::Numbers(to_numbers(&replica, &gradients)),
                    None => Gradients::OnTheModelsDevice(gradients),
                };
                (share, score, gradients)
            }
        });
        let mut total = BatchScore::default();
        let mut sum = GradientsAccumulator::new();
        for (share, score, gradients) in self.run(jobs) {
            total.add(share, &score);
            let gradients = match gradients {
                Gradients::OnTheModelsDevice(gradients) => gradients,
                Gradients::Numbers(numbers) => from_numbers(model, &numbers, &device.clone().inner()),
            };
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

    /// The device on which this replica computes, where it is not the model's.
    pub(crate) fn device_of(&self, shard: usize) -> Option<&Device> {
        self.devices.get(shard)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.workers.count()
    }
}

/// What a replica hands back.
enum Gradients {
    OnTheModelsDevice(GradientsParams),
    /// Of a replica on a device of its own.
    Numbers(Vec<f32>),
}

/// A copy of the model for one part of a step, with dropout of its own.
pub(crate) fn replica(model: &Transformer, key: DropoutKey, shard: usize, device: &Device) -> Transformer {
    // A fork has an autodiff graph of its own: two threads cannot share one.
    model.clone().fork(device).with_dropout(DropoutKey { shard: shard as u32, ..key })
}
