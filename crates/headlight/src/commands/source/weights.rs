//! Attention weights in a file: Headlight's own records, or anyone's.

use std::fs::File;
use std::path::Path;

use anyhow::bail;
use headlight_record::{
    ArrayError, AttentionKind, AttentionRecord, MaskCell, Origin, Weights, WeightsChoice, WeightsFile, WeightsFormat,
    holds_records,
};
use headlight_runs::read_records;

use super::arguments::SourceArguments;
use crate::output::note;

/// Rows of float16 may miss 1 by this much through rounding alone.
const ROUNDING: f32 = 2e-3;

/// Those that a file holds, with the tokens that it names or that were given.
pub(super) fn of_file(arguments: &SourceArguments, path: &Path) -> anyhow::Result<Vec<AttentionRecord>> {
    for (given, flag) in [(arguments.input.is_some(), "--input"), (arguments.device().is_some(), "--device")] {
        if given {
            bail!("{}: {flag} is for runs: leave it out for a file", path.display());
        }
    }
    // Headlight's own records have their tokens and kinds; one of their arrays can be read like anyone's.
    if arguments.array.is_none()
        && path.extension().is_some_and(|extension| extension == "safetensors")
        && holds_records(open(path)?).map_err(|error| in_file(path, error))?
    {
        return match arguments.flag_of_files() {
            None => Ok(read_records(path)?),
            Some(flag) => bail!(
                "{}: Headlight's own records have their tokens and kind: leave out {flag}, or choose an array with --array",
                path.display()
            ),
        };
    }
    let choice = WeightsChoice { array: arguments.array.as_deref(), batch_index: arguments.batch_index };
    let format = path.extension().and_then(|extension| WeightsFormat::of_extension(extension.to_str()?));
    let Some(format) = format else {
        bail!("{}: weights are read from files that end in .npy, .npz, .safetensors or .json", path.display());
    };
    let file = WeightsFile::open(open(path)?, format, &choice).map_err(|error| unreadable(path, &error))?;
    let given = arguments.tokens.as_deref().map(tokens).transpose()?;
    let keys_given = arguments.key_tokens.as_deref().map(tokens).transpose()?;
    let [.., queries, keys] = file.shape();
    let [query_tokens, key_tokens] = file.tokens().map(|tokens| tokens.map(<[String]>::to_vec));
    let down = given.clone().or(query_tokens);
    let across = keys_given.or(given).or(key_tokens);
    let (Some(down), Some(across)) = (down, across) else {
        bail!(
            "{}: the file does not name its {queries} tokens: give them with --tokens \"a b c\" or --tokens FILE",
            path.display()
        );
    };
    let (down_text, across_text) = (&arguments.tokens, arguments.key_tokens.as_ref().or(arguments.tokens.as_ref()));
    for (flag, text, tokens, count, what) in [
        ("--tokens", down_text.as_ref(), &down, queries, "queries"),
        ("--key-tokens", across_text, &across, keys, "keys"),
    ] {
        if tokens.len() != count {
            // One word may have been meant as a file's name.
            let no_file = text.filter(|text| tokens.len() == 1 && !Path::new(text).is_file());
            let no_file = no_file.map_or(String::new(), |text| format!(" (there is no file '{}')", text.trim()));
            bail!(
                "{}: {count} tokens are needed for its {what}, not {}{no_file}: give them with {flag}",
                path.display(),
                tokens.len()
            );
        }
    }
    let Weights { shape, values, .. } = file.read().map_err(|error| unreadable(path, &error))?; // now that the tokens fit its header
    let looks_back = looks_back_only(&values, queries, keys);
    let (kind, guessed) = match arguments.kind {
        Some(kind) => (kind.kind(), None),
        None if queries != keys || down != across => (AttentionKind::Cross, Some("its queries and keys differ")),
        None if looks_back && keys > 1 => (AttentionKind::DecoderSelf, Some("no query attends to a later key")),
        None => (AttentionKind::EncoderSelf, Some("nothing suggests a decoder")),
    };
    let origin = Origin {
        task: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        model: guessed.map_or_else(String::new, |_| "kind guessed".to_string()), // so that each picture says it
        step: None,
    };
    let mut record = AttentionRecord::new(kind, shape, values, down, across, origin)
        .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    let remark = |remark: String| note(format_args!("note: {}: {remark}", path.display()));
    // Only someone who knows that it is a decoder knows that what is 0 was masked.
    match guessed {
        Some(why) => remark(format!("taken for {}, because {why}; say what it is with --kind", kind.title())),
        None if kind == AttentionKind::DecoderSelf && looks_back => record = record.with_mask(causal(queries, keys))?,
        None if kind == AttentionKind::DecoderSelf => {
            remark("its queries attend to later keys, so no cell is hatched".to_string())
        }
        None => {}
    }
    let error = record.row_sum_error();
    if error > ROUNDING {
        remark(format!("a row of weights sums neither to 1 nor to 0; the worst is {error:.3} off"));
    }
    Ok(vec![record])
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).map_err(|error| in_file(path, error))
}

/// A file that was named wrongly, and not a failure of the system.
fn in_file(path: &Path, error: std::io::Error) -> anyhow::Error {
    anyhow::anyhow!("{}: {error}", path.display())
}

/// Why a file's weights cannot be read, and which flag mends it.
fn unreadable(path: &Path, error: &ArrayError) -> anyhow::Error {
    let advice = match error {
        ArrayError::SeveralArrays { .. } => " (--array NAME)",
        ArrayError::NoNames { .. } => ": leave out --array",
        ArrayError::SeveralExamples { .. } | ArrayError::NoSuchExample { .. } => " (--batch-index)",
        ArrayError::NoExamples(_) => ": leave out --batch-index",
        _ => "",
    };
    anyhow::anyhow!("{}: {error}{advice}", path.display())
}

/// Whether no query of any head attends to a later key, as under a causal mask. The last query and the last key have the same
/// position, also where earlier keys come from a cache.
fn looks_back_only(values: &[f32], queries: usize, keys: usize) -> bool {
    let first = |query: usize| (query + 1 + keys).saturating_sub(queries).min(keys);
    let looks_back =
        |(row, weights): (usize, &[f32])| weights[first(row % queries)..].iter().all(|weight| *weight == 0.0);
    values.chunks_exact(keys).enumerate().all(looks_back)
}

/// The cells that such a mask masks.
fn causal(queries: usize, keys: usize) -> Vec<MaskCell> {
    let is_later = |at: usize| at % keys + queries > at / keys + keys;
    (0..queries * keys).map(|at| if is_later(at) { MaskCell::Causal } else { MaskCell::Visible }).collect()
}

/// Tokens from the command line, or from a file: one a line, or, on a single line, separated by spaces.
fn tokens(text: &str) -> anyhow::Result<Vec<String>> {
    let path = Path::new(text);
    let words = |text: &str| text.split_whitespace().map(str::to_string).collect();
    if !path.is_file() {
        return Ok(words(text));
    }
    let Ok(text) = std::fs::read_to_string(path) else {
        bail!("{}: not a text file: give a file with one token per line", path.display());
    };
    let lines: Vec<&str> = text.lines().collect();
    Ok(if let [line] = lines[..] { words(line) } else { lines.into_iter().map(str::to_string).collect() })
}
