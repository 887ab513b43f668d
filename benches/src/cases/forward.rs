use std::time::Instant;

use headlight_device::DeviceName;
use headlight_pretrained::{Keep, Prompt, Sequence, Takes, Tokenizer};
use serde_json::{Value, json};

use crate::statistics::median;
use crate::work::Asked;

// As in peer/pretrained_transformers.py.
const REPETITIONS: usize = 10;

/// Passes of a model, with the attention weights of all its layers and the logits.
pub(super) fn run(asked: &Asked) -> anyhow::Result<Value> {
    let model = headlight_pretrained::open(&asked.model, &DeviceName::default().open()?)?;
    anyhow::ensure!(model.takes() == Takes::Text, "only models that take one sequence of tokens are measured");
    let Some(tokenizer) = Tokenizer::open(&asked.model)? else { anyhow::bail!("the model has no tokenizer") };
    let ids = tokenizer.encode(&asked.text, None)?.ids;
    let n_tokens = ids.len();
    let prompt = Prompt::Text { source: None, target: Sequence { ids, ..Sequence::default() } };
    let layers: Vec<usize> = (0..model.n_layers()).collect();
    let positions: Vec<usize> = (0..n_tokens).collect(); // the peer computes the logits of all, too
    let pass = || model.attend(&prompt, &layers, Keep::Weights, &positions);

    pass()?; // the peer's first pass is not timed either
    let mut milliseconds = Vec::with_capacity(REPETITIONS);
    for _ in 0..REPETITIONS {
        let begin = Instant::now();
        pass()?;
        milliseconds.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    Ok(json!({ "tokens": n_tokens, "forward_ms": median(&milliseconds) }))
}
