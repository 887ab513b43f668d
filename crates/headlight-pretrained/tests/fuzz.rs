//! Mutated directories of a model: it is read or refused in one line, without a panic, and with no more memory than a small multiple of
//! the files.

#[path = "checkpoint/made.rs"]
mod made;
#[path = "../../headlight-model/tests/device/mod.rs"]
mod device;
#[path = "../../headlight-runs/tests/mutation/mod.rs"]
mod mutation;

use std::path::Path;

use headlight_pretrained::{Bias, Tensors};
use mutation::{Mutation, mutation};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use safetensors::Dtype;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How often a reader may hold the files' bytes, beside what reading good ones takes.
const FACTOR: usize = 16;
/// The same of a configuration, in which a number of one byte is one of Rust's `Value`s, of 32.
const OF_CONFIG: usize = 64;

/// The file whose parameters are in two others, and the one in which they are all.
const INDEX: &str = "model.safetensors.index.json";
const WHOLE: &str = "model.safetensors";
const CONFIG: &str = "config.json";

type Files = Vec<(&'static str, Vec<u8>)>;

/// A model in two files, and the same in one.
fn good_files() -> [Files; 2] {
    let numbers: Vec<f32> = (0..600).map(|nth| nth as f32).collect();
    let tensors: [made::Made<'_>; 5] = [
        ("h.0.up.weight", Dtype::F32, &[30, 20], &numbers),
        ("h.0.up.bias", Dtype::F16, &[30], &numbers[..30]),
        ("wte.weight", Dtype::BF16, &[20, 30], &numbers),
        ("h.0.down.weight", Dtype::F64, &[20, 30], &numbers),
        ("h.0.bias", Dtype::I8, &[1, 1, 2, 2], &numbers[..4]),
    ];
    let index = br#"{"metadata": {"total_size": 9600}, "weight_map": {"h.0.up.weight": "a.safetensors",
        "h.0.up.bias": "a.safetensors", "wte.weight": "a.safetensors", "h.0.down.weight": "b.safetensors",
        "h.0.bias": "b.safetensors"}}"#;
    let (first, second) = tensors.split_at(3);
    let sharded = vec![
        (CONFIG, made::CONFIG.to_vec()),
        (INDEX, index.to_vec()),
        ("a.safetensors", made::safetensors(first)),
        ("b.safetensors", made::safetensors(second)),
    ];
    [sharded, vec![(CONFIG, made::CONFIG.to_vec()), (WHOLE, made::safetensors(&tensors))]]
}

/// How many of the tensors could be read, with which every reader there is has been tried.
fn read_all(directory: &Path) -> usize {
    let Ok(mut checkpoint) = made::open(directory).inspect_err(|error| assert!(!error.to_string().is_empty())) else {
        return 0;
    };
    assert!(checkpoint.model_type().is_ok_and(|name| !name.is_empty()) || checkpoint.model_type().is_err());
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("h.");
    let names: Vec<String> = tensors.unused().map(str::to_owned).collect();
    names.iter().filter(|name| read(tensors, name)).count()
}

/// Whether a tensor could be read, and as part of a layer where it is a matrix.
fn read(tensors: &mut Tensors, name: &str) -> bool {
    let shape = tensors.shape(name).expect("it is there").to_vec();
    let read = match shape[..] {
        [length] => tensors.get(name, [length]).is_ok(),
        [rows, columns] => tensors.embedding(name, [rows, columns]).is_ok(),
        [a, b, c, d] => tensors.get(name, [a, b, c, d]).is_ok(),
        _ => false,
    };
    if let ([rows, columns], Some(prefix)) = (&shape[..], name.strip_suffix(".weight")) {
        assert_eq!(tensors.linear(prefix, [*columns, *rows], Bias::Without).is_ok(), read, "{name}");
    }
    read
}

/// What a directory of these files gives, and the most memory that it takes meanwhile, in bytes.
fn read_with_peak(files: &Files) -> (usize, usize) {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
    let directory = made::directory(&files);
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let read = read_all(directory.path());
    (read, MEMORY.peak_usage().saturating_sub(before))
}

/// Changes a file, or of a safetensors file the header, whose length is made right again.
fn change(bytes: &mut Vec<u8>, in_header: bool, mutations: &[Mutation]) {
    let apply = |part: &mut Vec<u8>| mutations.iter().for_each(|mutation| mutation.apply(part));
    match bytes.first_chunk().map(|length| u64::from_le_bytes(*length) as usize) {
        Some(length) if in_header && length < bytes.len() => {
            let mut header = bytes[8..8 + length].to_vec();
            apply(&mut header);
            *bytes = [&(header.len() as u64).to_le_bytes()[..], &header, &bytes[8 + length..]].concat();
        }
        _ => apply(bytes),
    }
}

// One test, since the memory of all threads is counted together.
#[test]
fn mutated_models_are_read_or_refused() {
    let good = good_files();
    let peaks = good.each_ref().map(|files| {
        read_with_peak(files); // what is made once and kept is not counted
        let (read, peak) = read_with_peak(files);
        assert_eq!(read, 4, "all but the whole numbers");
        peak
    });
    let config = ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() };
    let mutations = prop::collection::vec(mutation(), 1..4);
    proptest!(config, |(which in 0..2_usize, file in 0..4_usize, mutations in mutations, in_header in any::<bool>())| {
        let mut files = good[which].clone();
        let file = file % files.len();
        change(&mut files[file].1, in_header, &mutations);
        let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
        let (_, held) = read_with_peak(&files);
        prop_assert!(held <= peaks[which] + FACTOR * bytes, "{held} bytes for {bytes}, {} for good ones", peaks[which]);
    });
    for (name, bytes) in crafted() {
        let mut files = good[0].clone();
        files.retain(|(other, _)| *other != name);
        files.push((name, bytes));
        let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
        let (_, held) = read_with_peak(&files);
        let factor = if name == CONFIG { OF_CONFIG } else { FACTOR };
        assert!(held <= peaks[0] + factor * bytes, "{name}: {held} bytes for {bytes}");
    }
}

/// Files in which each little thing is something larger in memory.
fn crafted() -> [(&'static str, Vec<u8>); 7] {
    let many = |one: &dyn Fn(usize) -> String| (0..20_000).map(one).collect::<Vec<_>>().join(",");
    let of_header = |header: String| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    let empty = |nth: usize| format!(r#""{nth:x}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#);
    let axes = format!(r#"{{"a":{{"dtype":"U8","shape":[0,{}],"data_offsets":[0,0]}}}}"#, many(&|_| "1".to_owned()));
    let lists = format!(r#"{{"a":[{}]}}"#, many(&|_| "[]".to_owned()));
    let objects = format!(r#"{{"a":[{}]}}"#, many(&|_| r#"{"":0}"#.to_owned()));
    let index = many(&|nth| format!(r#""{nth:x}":"a""#));
    [
        (WHOLE, of_header(format!("{{{}}}", many(&empty)))),
        (WHOLE, of_header(axes)),
        (CONFIG, format!(r#"{{"a":[{}]}}"#, many(&|_| "0".to_owned())).into_bytes()),
        (CONFIG, lists.into_bytes()),
        (CONFIG, objects.into_bytes()),
        (INDEX, format!(r#"{{"weight_map":{{{index}}}}}"#).into_bytes()),
        (INDEX, format!(r#"{{"weight_map":{{{}}}}}"#, many(&|nth| format!(r#""{nth:x}":"{nth:x}""#))).into_bytes()),
    ]
}
