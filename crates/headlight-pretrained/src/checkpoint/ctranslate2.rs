//! Whisper as [CTranslate2](https://github.com/OpenNMT/CTranslate2) stores it for faster-whisper: the same parameters in a `model.bin`,
//! under other names, some of them in one; beside a `config.json` that says nothing of their sizes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Error, ErrorKind, Read, Seek};
use std::path::Path;

use burn::tensor::Device;
use safetensors::Dtype;
use serde_json::{Map, Value, json};

use super::error::CheckpointError;
use super::files;
use crate::tensors::{Place, Source, TensorFile, Tensors};

type Config = Map<String, Value>;
/// The parts of a model that transformers calls otherwise, or stores apart.
const PARTS: [(&str, &[&str]); 15] = [
    ("embeddings", &["embed_tokens"]),
    ("position_encodings", &["embed_positions"]),
    ("self_attention/layer_norm", &["self_attn_layer_norm"]),
    ("self_attention/linear_0", &["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
    ("self_attention/linear_1", &["self_attn.out_proj"]),
    ("attention/layer_norm", &["encoder_attn_layer_norm"]),
    ("attention/linear_0", &["encoder_attn.q_proj"]),
    ("attention/linear_1", &["encoder_attn.k_proj", "encoder_attn.v_proj"]),
    ("attention/linear_2", &["encoder_attn.out_proj"]),
    ("ffn/layer_norm", &["final_layer_norm"]),
    ("ffn/linear_0", &["fc1"]),
    ("ffn/linear_1", &["fc2"]),
    ("conv1", &["conv1"]),
    ("conv2", &["conv2"]),
    ("layer_norm", &["layer_norm"]),
];

/// The configuration and the parameters as transformers would have them, where there is such a file.
pub(super) fn open(
    directory: &Path,
    theirs: &Config,
    device: &Device,
) -> Result<Option<(Config, Tensors)>, CheckpointError> {
    let Some(file) = files::open(directory, "model.bin")? else { return Ok(None) };
    let damaged = |source: Error| CheckpointError::Read { file: directory.join("model.bin"), source };
    let (places, numbers) = header(&file).map_err(damaged)?;
    let mut tensors = Tensors::none(device);
    tensors.add(Source::of_file(file).map(TensorFile::of).map_err(|error| damaged(Error::other(error)))?, places);
    let lines = files::read(directory, "vocabulary.txt", 1 << 22)?.unwrap_or_default();
    let lines = String::from_utf8_lossy(&lines).split('\n').map(str::to_owned).collect();
    let words: Vec<String> = files::json(directory, "vocabulary.json")?.unwrap_or(lines);
    Ok(Some((config(&tensors, &numbers, &words, theirs).map_err(damaged)?, tensors)))
}

/// Where each variable lies, and the number that each of one number is.
type Header = (Vec<(String, Place)>, BTreeMap<String, u64>);

/// Where the tensors are, by their names in transformers; and the numbers that are no tensors.
fn header(file: &File) -> io::Result<Header> {
    let (end, mut reader) = (file.metadata()?.len(), BufReader::new(file));
    let found = (number(&mut reader, 4)?, text(&mut reader)?, number(&mut reader, 4)?);
    let known = (6, "WhisperSpec".to_owned(), 3); // version of the format, kind of model, its revision
    check(found == known, || format!("known is {known:?}, and not {found:?}"))?;
    let (mut places, mut numbers) = (Vec::new(), BTreeMap::new());
    for _ in 0..number(&mut reader, 4)? {
        let (name, rank) = (text(&mut reader)?, number(&mut reader, 1)?);
        let shape: Vec<usize> = (0..rank).map(|_| Ok(number(&mut reader, 4)? as usize)).collect::<io::Result<_>>()?;
        let (kind, n_bytes) = (number(&mut reader, 1)?, number(&mut reader, 4)?);
        let begin = reader.stream_position()?;
        check(n_bytes <= end.saturating_sub(begin), || format!("{name} is cut off"))?;
        if rank == 0 {
            check(n_bytes <= 4, || format!("{name} is no number"))?;
            numbers.insert(name, number(&mut reader, n_bytes as usize)?);
            continue;
        }
        let dtypes = [Some(Dtype::F32), None, None, None, Some(Dtype::F16), Some(Dtype::BF16)];
        let dtype = dtypes.get(kind as usize).copied().flatten();
        let unknown = || invalid(format!("{name} is quantised, or no tensor of Whisper's"));
        let (dtype, parts) = dtype.zip(names(&name)).ok_or_else(unknown)?;
        let n_parts = parts.len() as u64;
        let shape = [&[shape[0] / parts.len()], &shape[1..]].concat();
        for (nth, part) in parts.into_iter().enumerate() {
            let place = Place::new(shape.clone(), dtype, begin + nth as u64 * (n_bytes / n_parts));
            let place = place.filter(|place| place.n_bytes() as u64 * n_parts == n_bytes);
            places.push((part, place.ok_or_else(|| invalid(format!("{name} has {n_bytes} bytes")))?));
        }
        reader.seek_relative(n_bytes as i64)?;
    }
    // A key's bias adds the same to all scores of a query, and nothing to its attention: transformers has none.
    places.retain(|(name, _)| !name.ends_with("k_proj.bias"));
    Ok((places, numbers))
}

/// The names in transformers of the equal shares of a tensor's rows.
fn names(name: &str) -> Option<Vec<String>> {
    let (side, name) = name.split_once('/')?;
    let (part, leaf) = name.rsplit_once('/')?;
    let is_bias = matches!(leaf, "beta" | "bias");
    let leaf = if is_bias { "bias" } else { ["gamma", "weight", "encodings"].contains(&leaf).then_some("weight")? };
    let in_layer = part.strip_prefix("layer_").and_then(|part| part.split_once('/'));
    let (layer, part) = in_layer.map_or((String::new(), part), |(layer, part)| (format!("layers.{layer}."), part));
    let (_, parts) = PARTS.iter().find(|(theirs, _)| *theirs == part)?;
    Some(parts.iter().map(|part| format!("model.{side}.{layer}{part}.{leaf}")).collect())
}

/// What `config.json` says in transformers.
fn config(tensors: &Tensors, numbers: &BTreeMap<String, u64>, words: &[String], theirs: &Config) -> io::Result<Config> {
    let number = |name: &str| numbers.get(name).copied().ok_or_else(|| invalid(format!("{name} is missing")));
    for (name, only) in [("pre_norm", 1), ("alibi", 0), ("scale_embeddings", 0), ("start_from_zero_embedding", 0)] {
        let value = number(&format!("decoder/{name}"))?;
        check(value == only, || format!("{name} {value} is not supported, only {only}"))?;
    }
    let size = |name: &str, axis: usize| tensors.shape(&format!("model.{name}.weight")).ok()?.get(axis).copied();
    let layers =
        |side: &str| (0..).take_while(|layer| size(&format!("{side}.layers.{layer}.fc1"), 0).is_some()).count();
    let token = |token: &str| words.iter().position(|word| word == token);
    let activation = ["relu", "gelu_new", "swish", "gelu"].get(number("decoder/activation")? as usize);
    let config = json!({
        "model_type": "whisper", "num_mel_bins": size("encoder.conv1", 1), "d_model": size("encoder.conv1", 0),
        "encoder_layers": layers("encoder"), "decoder_layers": layers("decoder"),
        "encoder_attention_heads": number("encoder/num_heads")?, "decoder_attention_heads": number("decoder/num_heads")?,
        "encoder_ffn_dim": size("encoder.layers.0.fc1", 0), "decoder_ffn_dim": size("decoder.layers.0.fc1", 0),
        "activation_function": activation,
        "max_source_positions": size("encoder.embed_positions", 0), "vocab_size": size("decoder.embed_tokens", 0),
        "max_target_positions": size("decoder.embed_positions", 0), "alignment_heads": theirs.get("alignment_heads"),
        "decoder_start_token_id": token("<|startoftranscript|>"), "eos_token_id": token("<|endoftext|>"),
        "forced_decoder_ids": token("<|notimestamps|>").map(|id| [[1, id]]),
        "suppress_tokens": theirs.get("suppress_ids"), "begin_suppress_tokens": theirs.get("suppress_ids_begin"),
    });
    config.as_object().cloned().ok_or_else(|| invalid("no sizes".to_owned()))
}

/// A whole number of so many bytes, the least first.
fn number(reader: &mut impl Read, n_bytes: usize) -> io::Result<u64> {
    let mut bytes = [0; 8];
    reader.read_exact(&mut bytes[..n_bytes])?;
    Ok(u64::from_le_bytes(bytes))
}

/// A text after its length, with a 0 at its end.
fn text(reader: &mut impl Read) -> io::Result<String> {
    let mut bytes = vec![0; number(reader, 2)? as usize];
    reader.read_exact(&mut bytes)?;
    bytes.pop();
    String::from_utf8(bytes).map_err(|_| invalid("a name that is no text".to_owned()))
}

fn check(is_so: bool, what: impl Fn() -> String) -> io::Result<()> {
    if is_so { Ok(()) } else { Err(invalid(what())) }
}

fn invalid(what: String) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}
