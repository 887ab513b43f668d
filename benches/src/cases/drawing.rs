use std::path::Path;
use std::time::Instant;

use burn::tensor::{Distribution, Tensor};
use headlight_device::DeviceName;
use headlight_model::{Mask, attention_weights, record_attention};
use headlight_plot::{PlotOptions, grid_png, head_png};
use headlight_record::{AttentionKind, AttentionRecord, Origin};
use headlight_runs::write_whole;
use serde_json::{Value, json};

use crate::statistics::median;
use crate::work::Pictures;

const REPETITIONS: usize = 20;

/// Each picture is drawn, encoded and written, as the peer does.
pub(super) fn run(pictures: Pictures) -> anyhow::Result<Value> {
    let directory = tempfile::tempdir()?;
    let path = |name: &str| directory.path().join(name);
    let options = PlotOptions::default();
    Ok(match pictures {
        Pictures::Small => {
            let symbols = || (0..10).map(|symbol| symbol.to_string());
            let mark = |mark: &str| std::iter::once(mark.to_string());
            let tokens = mark("BOS").chain(symbols()).chain(mark("SEP")).chain(symbols().take(9)).collect();
            let record = &record(1, 4, tokens)?;
            let single = |head| write(&path(&format!("head{head}.png")), &head_png(record, 0, head, &options)?);
            json!({
                "grid4_ms": milliseconds(|| write(&path("grid4.png"), &grid_png(record, &options)?))?,
                "singles4_ms": milliseconds(|| (0..4).try_for_each(single))?,
            })
        }
        Pictures::Big => {
            let record = &record(12, 12, (0..32).map(|token| token.to_string()).collect())?;
            json!({ "grid144_ms": milliseconds(|| write(&path("grid144.png"), &grid_png(record, &options)?))? })
        }
    })
}

/// Random weights that look like a decoder's: each query sees itself and what is before it.
fn record(n_layers: usize, n_heads: usize, tokens: Vec<String>) -> anyhow::Result<AttentionRecord> {
    let device = DeviceName::default().open()?;
    device.seed(0);
    let (length, d_head) = (tokens.len(), 16);
    let causal = Mask::causal(length, &device);
    // Sums of d_head products of two numbers of spread √2 each, divided by √d_head, have a spread of 2, as in the peer.
    let random = || Tensor::random([1, n_heads, length, d_head], Distribution::Normal(0.0, 2f64.sqrt()), &device);
    let layers: Vec<_> = (0..n_layers).map(|_| attention_weights(random(), random(), Some(&causal))).collect();
    let origin = Origin::default();
    Ok(record_attention(AttentionKind::DecoderSelf, &layers, 0, tokens.clone(), tokens, origin)?)
}

fn write(path: &Path, png: &[u8]) -> anyhow::Result<()> {
    Ok(write_whole(path, png)?)
}

fn milliseconds(draw: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<Option<f64>> {
    let mut milliseconds = Vec::with_capacity(REPETITIONS);
    for _ in 0..REPETITIONS {
        let begin = Instant::now();
        draw()?;
        milliseconds.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(&milliseconds))
}
