use std::path::{Path, PathBuf};

use clap::Args;
use headlight_graph::{Graph, OPSETS, OnnxOptions, onnx_bytes, pytorch_parameters};
use headlight_model::{Architecture, parameters_to_safetensors};
use headlight_runs::{RunError, SavedRun};

use super::device::read_run;
use super::model::write;
use crate::output::say;

#[derive(Args)]
#[command(group = clap::ArgGroup::new("format").required(true).args(["onnx", "safetensors"]))]
pub(crate) struct ExportArguments {
    /// Directory of a run
    #[arg(value_name = "DIR")]
    run: PathBuf,
    /// Write the trained model as an ONNX file
    #[arg(long, value_name = "FILE")]
    onnx: Option<PathBuf>,
    /// Output the attention weights too, one output per kind and layer: decoder_self_0, …
    #[arg(long, conflicts_with = "safetensors")]
    with_attention: bool,
    /// Write encoder and decoder to two files, FILE with .encoder and .decoder before its extension
    #[arg(long, conflicts_with = "safetensors")]
    split: bool,
    /// Version of ONNX's operator set
    #[arg(long, value_name = "N", default_value_t = *OPSETS.start(), conflicts_with = "safetensors")]
    opset: i64,
    /// Write the parameters as a safetensors file
    #[arg(long, value_name = "FILE", requires = "pytorch_names")]
    safetensors: Option<PathBuf>,
    /// Use the names and layout of PyTorch's modules: layers.0.self_attn.in_proj_weight, …
    #[arg(long, requires = "safetensors")]
    pytorch_names: bool,
}

pub(crate) fn export(arguments: &ExportArguments) -> anyhow::Result<()> {
    let run = read_run(&arguments.run)?;
    let weights = parameters_to_safetensors(&run.model).map_err(RunError::from)?;
    // Everything is computed before anything is written.
    let mut files = Vec::new();
    if let Some(path) = &arguments.safetensors {
        files.push((path.clone(), pytorch_parameters(&Graph::of_transformer(&run.config.transformer())?, &weights)?));
    }
    if let Some(path) = &arguments.onnx {
        for (path, graph) in graphs(arguments, &run, path)? {
            let more_outputs = if arguments.with_attention { graph.attention.clone() } else { Vec::new() };
            let options = OnnxOptions { opset: arguments.opset, more_outputs, metadata: metadata(&run)? };
            files.push((path, onnx_bytes(&graph, &weights, &options)?));
        }
    }
    write(&files, &arguments.run)?;
    for (path, _) in &files {
        say(path.display())?;
    }
    Ok(())
}

/// The graphs to write, each with its file.
fn graphs(arguments: &ExportArguments, run: &SavedRun, path: &Path) -> anyhow::Result<Vec<(PathBuf, Graph)>> {
    let config = run.config.transformer();
    if !arguments.split {
        return Ok(vec![(path.to_owned(), Graph::of_transformer(&config)?)]);
    }
    if config.architecture == Architecture::Decoder {
        anyhow::bail!("--split is for a model with an encoder, and this run has only a decoder: leave it out");
    }
    let half = |name: &str| match path.extension() {
        Some(ending) => path.with_extension(format!("{name}.{}", ending.to_string_lossy())),
        None => path.with_extension(name),
    };
    Ok(vec![(half("encoder"), Graph::of_encoder(&config)?), (half("decoder"), Graph::of_decoder(&config)?)])
}

/// What a reader of the file needs to use it: which task, and which token has which number. Of the run's configuration only what
/// the model is made of: where the user's pairs are is nobody else's business.
fn metadata(run: &SavedRun) -> anyhow::Result<Vec<(String, String)>> {
    let vocabulary = run.config.task.vocabulary();
    let tokens = vocabulary.tokens(&(0..vocabulary.size()).collect::<Vec<_>>());
    let entries = [
        ("headlight_version", env!("CARGO_PKG_VERSION").to_string()),
        ("task", run.config.task.spec.name.to_string()),
        ("architecture", run.config.transformer().architecture.to_string()),
        ("vocabulary", serde_json::to_string(&tokens)?),
        ("model", serde_json::to_string(&run.config.transformer())?),
    ];
    Ok(entries.map(|(key, value)| (key.to_string(), value)).to_vec())
}
