use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use headlight_model::DeviceName;
use headlight_record::{
    AttentionKind, AttentionRecord, MaskCell, Origin, Weights, WeightsChoice, WeightsFile, read_records,
};
use headlight_train::{SavedRun, records};

use super::device::DeviceArgument;
use crate::output::note;

/// Rows of float16 may miss 1 by so much without an error of anybody's.
const ROUNDING: f32 = 2e-3;

/// Whose attention to draw: a run's, or a file's.
#[derive(Args, Clone)]
pub(crate) struct SourceArguments {
    /// Directory of a run, or a file of attention weights: .npy, .npz, .safetensors or .json
    #[arg(value_name = "DIR|FILE")]
    source: PathBuf,
    /// A question to a run, as its task has them; without one, the held-out example that it recorded
    #[arg(long, value_name = "TOKENS")]
    input: Option<String>,
    /// Tokens of a file's weights: separated by spaces, or a text file with one a line
    #[arg(long, value_name = "TOKENS|FILE")]
    tokens: Option<String>,
    /// Tokens of the keys, where they are others than the queries
    #[arg(long, value_name = "TOKENS|FILE")]
    key_tokens: Option<String>,
    /// Name of the array, where a file holds several
    #[arg(long, value_name = "NAME")]
    array: Option<String>,
    /// Which example, where the array is [layers, batch, heads, queries, keys]
    #[arg(long, value_name = "N")]
    batch_index: Option<usize>,
    #[command(flatten)]
    device: DeviceArgument,
}

/// Records from a run or a file.
pub(crate) struct Source {
    pub(crate) records: Vec<AttentionRecord>,
}

impl SourceArguments {
    pub(crate) fn path(&self) -> &Path {
        &self.source
    }

    /// The device that was asked for.
    pub(crate) fn device(&self) -> Option<DeviceName> {
        self.device.device
    }

    /// The same request, of another source.
    pub(crate) fn at(&self, path: &Path) -> Self {
        Self { source: path.to_owned(), ..self.clone() }
    }

    /// Whether a run is asked about another input than the one it recorded.
    pub(crate) fn is_a_question(&self) -> bool {
        self.input.is_some()
    }

    /// The first flag that says whose attention to draw.
    pub(crate) fn flag(&self) -> Option<&'static str> {
        let of_runs = [(self.input.is_some(), "--input"), (self.device.device.is_some(), "--device")];
        let given = of_runs.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag);
        given.or_else(|| self.flag_of_files())
    }

    fn is_file(&self) -> bool {
        let extension = self.source.extension().unwrap_or_default().to_ascii_lowercase();
        let is_known = ["npy", "npz", "safetensors", "json"].iter().any(|known| extension == *known);
        self.source.is_file() || is_known && !self.source.is_dir()
    }

    /// The first flag that says something about a file.
    fn flag_of_files(&self) -> Option<&'static str> {
        let given = [
            (self.tokens.is_some(), "--tokens"),
            (self.key_tokens.is_some(), "--key-tokens"),
            (self.array.is_some(), "--array"),
            (self.batch_index.is_some(), "--batch-index"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }
}

impl Source {
    pub(crate) fn open(arguments: &SourceArguments) -> anyhow::Result<Self> {
        let records = if arguments.is_file() { of_file(arguments)? } else { of_run(arguments)? };
        Ok(Self { records })
    }
}

fn of_run(arguments: &SourceArguments) -> anyhow::Result<Vec<AttentionRecord>> {
    if let Some(flag) = arguments.flag_of_files() {
        bail!("a run knows its own tokens: leave out {flag}, which is for files of weights");
    }
    let device = &arguments.device;
    Ok(match &arguments.input {
        // What it recorded needs no computing.
        None if arguments.device().is_none() => SavedRun::open(&arguments.source)?.records()?,
        None => device.open(&arguments.source)?.records_anew()?,
        Some(input) => {
            let run = device.open(&arguments.source)?;
            let (example, steps) = (run.example(input)?, run.result()?.steps);
            records(&run.model, &run.config.task, &example, Some(steps), &run.device)?
        }
    })
}

fn of_file(arguments: &SourceArguments) -> anyhow::Result<Vec<AttentionRecord>> {
    let path = &arguments.source;
    for (given, flag) in [(arguments.input.is_some(), "--input"), (arguments.device().is_some(), "--device")] {
        if given {
            bail!("{}: only a run answers questions: leave out {flag}", path.display());
        }
    }
    // A record of ours brings its own tokens.
    if arguments.flag_of_files().is_none()
        && path.extension().is_some_and(|extension| extension == "safetensors")
        && let Ok(records) = read_records(path)
    {
        return Ok(records);
    }
    let choice = WeightsChoice { array: arguments.array.as_deref(), batch_index: arguments.batch_index };
    let file = WeightsFile::open(path, &choice)?;
    let given = arguments.tokens.as_deref().map(tokens).transpose()?;
    let keys_given = arguments.key_tokens.as_deref().map(tokens).transpose()?;
    let [.., queries, keys] = file.shape();
    let [query_tokens, key_tokens] = file.tokens().map(|tokens| tokens.map(<[String]>::to_vec));
    let down = given.clone().or(query_tokens);
    let across = keys_given.or(given).or(key_tokens);
    let (Some(down), Some(across)) = (down, across) else {
        bail!("{}: name its {queries} tokens with --tokens \"a b c\" or --tokens FILE", path.display());
    };
    for (flag, tokens, count, what) in
        [("--tokens", &down, queries, "queries"), ("--key-tokens", &across, keys, "keys")]
    {
        if tokens.len() != count {
            bail!(
                "{}: has {count} {what}, but {} tokens are named: give {count} with {flag}",
                path.display(),
                tokens.len()
            );
        }
    }
    let Weights { shape, values, .. } = file.read()?; // now that the tokens fit its header
    let kind = match &values[..] {
        _ if queries != keys || down != across => AttentionKind::Cross,
        values if looks_back_only(values, keys) => AttentionKind::DecoderSelf,
        _ => AttentionKind::EncoderSelf,
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let origin = Origin { task: name, ..Origin::default() };
    let record = AttentionRecord::new(kind, shape, values, down, across, origin);
    let record = match kind {
        AttentionKind::DecoderSelf => record.and_then(|record| record.with_mask(causal(queries))),
        _ => record,
    };
    let record = record.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    let error = record.row_sum_error();
    if error > ROUNDING {
        note(format_args!("note: {}: a row does not sum to 1, nor to 0: the worst is {error:.3} off", path.display()));
    }
    Ok(vec![record])
}

/// Whether no query of any of the square heads looks at a later key, as only a causal mask brings it about.
fn looks_back_only(values: &[f32], keys: usize) -> bool {
    let is_later = |(row, weights): (usize, &[f32])| weights[row % keys + 1..].iter().any(|weight| *weight != 0.0);
    keys > 1 && !values.chunks_exact(keys).enumerate().any(is_later)
}

/// The cells that such a mask hides.
fn causal(tokens: usize) -> Vec<MaskCell> {
    let cell = |at: usize| if at % tokens > at / tokens { MaskCell::Causal } else { MaskCell::Visible };
    (0..tokens * tokens).map(cell).collect()
}

/// Tokens from the command line, or from a file: one a line, or, on a single line, separated by spaces.
fn tokens(text: &str) -> anyhow::Result<Vec<String>> {
    let path = Path::new(text);
    let words = |text: &str| text.split_whitespace().map(str::to_string).collect();
    if !path.is_file() {
        return Ok(words(text));
    }
    let Ok(text) = std::fs::read_to_string(path) else {
        bail!("{}: cannot be read as text: give a file with one token a line", path.display());
    };
    let lines: Vec<&str> = text.lines().collect();
    Ok(if let [line] = lines[..] { words(line) } else { lines.into_iter().map(str::to_string).collect() })
}
