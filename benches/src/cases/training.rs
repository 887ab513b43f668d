use std::time::Instant;

use burn::module::Module;
use headlight_model::Architecture;
use headlight_runs::RunConfig;
use headlight_train::tasks;
use serde_json::{Value, json};

/// Steps before the clock starts, as in the peer: PyTorch's first steps take a second to set things up.
const UNTIMED_STEPS: usize = 10;

pub(super) fn run(architecture: Architecture, steps: u32) -> anyhow::Result<Value> {
    let steps = steps as usize;
    let mut config = RunConfig::for_task(&tasks::copy::SPEC, architecture);
    // An evaluation comes at the last step, whatever else: that one is never reached.
    config.training.max_steps = UNTIMED_STEPS + steps + 1;
    config.training.evaluate_every = config.training.max_steps;
    let mut training = config.start()?;

    for _ in 0..UNTIMED_STEPS {
        training.step()?;
    }
    let begin = Instant::now();
    let mut loss = f64::NAN;
    for _ in 0..steps {
        loss = training.step()?.score.loss;
    }
    let seconds = begin.elapsed().as_secs_f64();
    Ok(json!({
        "steps": steps,
        "loss": loss,
        "seconds": seconds,
        "steps_per_second": steps as f64 / seconds,
        "parameters": training.model().num_params(),
    }))
}
