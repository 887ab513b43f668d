//! With an encoder, the target looks at the source, and copying is a diagonal.

use headlight_model::Architecture;
use headlight_record::AttentionKind;
use headlight_runs::{RunConfig, RunError};
use headlight_train::tasks;

fn main() -> Result<(), RunError> {
    let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::EncoderDecoder);
    config.task.length = 6;
    config.task.symbols = 10;

    let mut training = config.start()?;
    while !training.is_done() {
        let outcome = training.step()?;
        if let Some(exact_match) = outcome.exact_match {
            println!(
                "step {:>3}  loss {:.3}  exact match {:5.1} %",
                outcome.step,
                outcome.score.loss,
                100.0 * exact_match
            );
        }
    }

    for record in training.records()? {
        let [layers, heads, queries, keys] = record.shape();
        println!("{}: {layers} layers of {heads} heads, {queries} queries × {keys} keys", record.kind().title());
        if record.kind() != AttentionKind::Cross {
            continue;
        }
        let Some((layer, head, score)) = record.best_aligned_head() else { continue };
        println!("\nLayer {layer} head {head}; {score:.2} of its weight is on the token to copy.");
        println!(
            "Each row has read the token on its left and predicts the next; the largest weight is on the token that it will say.\n"
        );
        println!("       {}", record.key_tokens().iter().map(|token| format!("{token:>4}")).collect::<String>());
        for (query, token) in record.query_tokens().iter().enumerate() {
            let row: String = record.row(layer, head, query).iter().map(|weight| format!("{weight:4.1}")).collect();
            println!("  {token:>4} {row}");
        }
    }
    Ok(())
}
