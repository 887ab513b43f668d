//! A task of your own: the first symbol comes last, so that `3 1 4` becomes `1 4 3`. A model learns it, and one head shows how.

use std::error::Error;

use headlight_model::Architecture;
use headlight_runs::RunConfig;
use headlight_train::{TaskDefaults, TaskSpec};

static ROTATE: TaskSpec = TaskSpec {
    about: "say the first symbol last",
    looks_at: "the token to say",
    defaults: |_| TaskDefaults { length: 6, ..TaskDefaults::default() },
    ..TaskSpec::sequence(
        "rotate",
        // 1. The right answer to a question.
        |_, source| Some([&source[1..], &source[..1]].concat()),
        // 2. Where in the question each token of the answer is found.
        |_, source| Some((1..=source.len()).map(|at| vec![at % source.len()]).collect()),
    )
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut training = RunConfig::for_task(&ROTATE, Architecture::Decoder).start()?;
    while !training.is_done() {
        training.step()?;
    }
    let (steps, exact_match) = (training.steps(), 100.0 * training.exact_match());
    println!("{ROTATE}: exact match {exact_match:.1} % after {steps} steps");

    let records = training.records()?;
    let (layer, head, score) = records[0].best_aligned_head().ok_or("the task says where to look")?;
    println!("Layer {layer} head {head} looks at {}: {score:.2} of its weight is there.", ROTATE.looks_at);
    Ok(())
}
