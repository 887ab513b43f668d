use std::time::{Duration, Instant};

use crate::{RunConfig, RunError};

/// How long training steps take on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepTimes {
    /// The very first step, in which wgpu compiles its shaders.
    pub first: Duration,
    /// The median of the measured steps.
    pub median: Duration,
    /// How many were measured.
    pub steps: usize,
}

impl StepTimes {
    /// Trains a model of this configuration and measures its steps: batch, forward, backward, clip and update, with no evaluation
    /// and no files. Three go before; then as many as `steps`, or as begin within `limit`, at least one.
    ///
    /// # Errors
    ///
    /// When the configuration is refused, or its device does not open or fails.
    pub fn measure(config: &RunConfig, steps: usize, limit: Duration) -> Result<Self, RunError> {
        const WARM_UP: usize = 3;
        const NEVER: usize = 1_000_000_000;

        let mut config = config.clone();
        (config.training.held_out, config.training.evaluate_every, config.training.max_steps) = (1, NEVER, NEVER);
        let mut training = config.start()?;
        let mut timed = || -> Result<Duration, RunError> {
            let started = Instant::now();
            training.step()?;
            training.wait()?;
            Ok(started.elapsed())
        };
        let first = timed()?;
        for _ in 1..WARM_UP {
            timed()?;
        }
        let started = Instant::now();
        let mut times = vec![timed()?];
        while times.len() < steps && started.elapsed() < limit {
            times.push(timed()?);
        }
        times.sort_unstable();
        Ok(Self { first, median: times[times.len() / 2], steps: times.len() })
    }
}
