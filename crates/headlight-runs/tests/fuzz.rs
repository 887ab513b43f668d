//! Every reader of a run's files, given mutated ones: an answer or an error in one line, no panic, and no more memory than
//! reading good ones takes and a small multiple of the files.

mod mutation;
mod whole_run;

use std::path::Path;
use std::sync::OnceLock;

use headlight_model::Architecture;
use headlight_runs::{Checkpoint, Replace, RunConfig, SavedRun, SeedDirectory, StoppedRun, read_metrics, read_records};
use headlight_train::tasks;
use mutation::{Mutation, mutation};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use serde_json::json;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How often a reader may hold the files' bytes, beside what reading good ones takes.
const FACTOR: usize = 8;

const FILES: [&str; 8] = [
    "config.json",
    "metrics.jsonl",
    "checkpoint.safetensors",
    "model.safetensors",
    "attention.safetensors",
    "result.json",
    "seeds.json",
    LIST,
];

const LIST: &str = "files.jsonl";

/// What is done about a file's checksum, which is in the list of files.
#[derive(Clone, Copy, Debug)]
enum Checksum {
    /// Nothing: it notices the change.
    Kept,
    /// The list is empty, so that there is none.
    Removed,
    /// It is made right again, and so is the length of a safetensors header: only the contents are wrong.
    Renewed,
}

/// The files of a small run.
fn good_files() -> &'static [Vec<u8>; 8] {
    static FILES_OF_A_RUN: OnceLock<[Vec<u8>; 8]> = OnceLock::new();
    FILES_OF_A_RUN.get_or_init(|| {
        let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
        (config.task.length, config.task.symbols) = (3, 6);
        (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 1, 32);
        (config.training.batch_size, config.training.max_steps, config.training.held_out, config.threads) =
            (16, 4, 10, 1);
        let directory = tempfile::tempdir().expect("a temporary directory");
        whole_run::make_run(directory.path(), &config);
        let seeds = tempfile::tempdir().expect("a temporary directory");
        SeedDirectory::create(seeds.path(), 0..2, config, Replace::Nothing).expect("an empty directory");
        std::fs::copy(seeds.path().join("seeds.json"), directory.path().join("seeds.json")).expect("room");
        FILES.map(|name| std::fs::read(directory.path().join(name)).expect(name))
    })
}

/// What reading the good files takes at most, in bytes.
fn good_peak() -> usize {
    peak_of(good_files(), read_all); // what is made once and kept is not counted
    let peak = peak_of(good_files(), read_all);
    let bytes: usize = good_files().iter().map(Vec::len).sum();
    let hundredfold = peak_of(good_files(), |_| drop(std::hint::black_box(vec![1_u8; 100 * bytes])));
    assert!(hundredfold > peak + FACTOR * bytes, "{hundredfold} bytes would go unnoticed beside {peak}");
    peak
}

/// The most memory that is taken while something is done with these files, in bytes.
fn peak_of(files: &[Vec<u8>; 8], done: impl Fn(&Path)) -> usize {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, bytes) in FILES.iter().zip(files) {
        std::fs::write(directory.path().join(name), bytes).expect("a file");
    }
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    done(directory.path());
    MEMORY.peak_usage().saturating_sub(before)
}

/// A file with its contents mutated and its frame right: of a safetensors file the header or the numbers.
fn mutate_contents(name: &str, bytes: &mut Vec<u8>, in_header: bool, mutations: &[Mutation]) {
    let apply = |part: &mut Vec<u8>| mutations.iter().for_each(|mutation| mutation.apply(part));
    if name.ends_with(".safetensors") {
        let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
        let (mut header, mut numbers) = (bytes[8..8 + length].to_vec(), bytes[8 + length..].to_vec());
        apply(if in_header { &mut header } else { &mut numbers });
        *bytes = [&(header.len() as u64).to_le_bytes()[..], &header, &numbers].concat();
    } else {
        apply(bytes);
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|part| part == what)
}

/// A list that says of all files, as they are now, that they were written so.
fn list_of(files: &[Vec<u8>; 8]) -> Vec<u8> {
    let listed = FILES.iter().zip(files).filter(|(name, _)| ![LIST, "metrics.jsonl"].contains(name));
    let line = |(name, bytes): (&&str, &Vec<u8>)| {
        json!({"file": name, "bytes": bytes.len(), "crc32": crc32fast::hash(bytes)}).to_string() + "\n"
    };
    listed.map(line).collect::<String>().into_bytes()
}

/// Reads everything in the directory, each in every way that there is.
fn read_all(run: &Path) {
    let one_line = |said: String| assert!(!said.contains('\n') && !said.is_empty(), "{said:?}");
    match SavedRun::open(run) {
        Ok(saved) => {
            if let Err(error) = saved.records() {
                one_line(error.to_string());
            }
            if let Err(error) = saved.result() {
                one_line(error.to_string());
            }
        }
        Err(error) => one_line(error.to_string()),
    }
    if let Err(error) = SeedDirectory::open(run) {
        one_line(error.to_string());
    }
    if let Err(error) = read_records(&run.join("attention.safetensors")) {
        one_line(error.to_string());
    }
    if let Err(error) = read_metrics(run) {
        one_line(error.to_string());
    }
    let bytes = std::fs::read(run.join("checkpoint.safetensors")).expect("a file");
    if let Err(damage) = Checkpoint::from_bytes(&bytes) {
        one_line(damage.to_string());
    }
    // The last, since it writes.
    let resumed = StoppedRun::open(run).and_then(|stopped| {
        stopped.result(1);
        let config = stopped.config().clone();
        stopped.resume(config)
    });
    if let Err(error) = resumed {
        one_line(error.to_string());
    }
}

/// The good files are good, and a mutation of their contents gets to where the contents are looked at.
fn check_the_files() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, bytes) in FILES.iter().zip(good_files()) {
        let mut same = bytes.clone();
        mutate_contents(name, &mut same, true, &[]);
        assert!(same == *bytes, "{name}");
        std::fs::write(directory.path().join(name), bytes).expect("a file");
    }
    SavedRun::open(directory.path()).expect("a run").result().expect("its result");
    SeedDirectory::open(directory.path()).expect("seeds");
    // Another name of a tensor gets past the checksum, the header and the metrics, to the optimiser.
    let mut checkpoint = good_files()[2].clone();
    let at = find(&checkpoint, b"moment_1").expect("an average") as f64 + 0.5;
    let length = u64::from_le_bytes(checkpoint[..8].try_into().expect("eight bytes")) as f64;
    mutate_contents(FILES[2], &mut checkpoint, true, &[Mutation::Flip((at - 8.0) / length, 0)]);
    std::fs::write(directory.path().join(FILES[2]), &checkpoint).expect("a file");
    let mut files = good_files().clone();
    files[2] = checkpoint;
    std::fs::write(directory.path().join(LIST), list_of(&files)).expect("a file");
    let stopped = StoppedRun::open(directory.path()).expect("every checksum is right");
    let config = stopped.config().clone();
    let error = stopped.resume(config).err().expect("no such tensor").to_string();
    assert!(error.contains("moment_1"), "{error}");
}

// One test, since the memory of all threads is counted together.
#[test]
fn mutated_files_are_read_or_refused() {
    check_the_files();
    let good_peak = good_peak();
    let config = ProptestConfig { cases: 768, failure_persistence: None, ..ProptestConfig::default() };
    let checksums = prop_oneof![Just(Checksum::Kept), Just(Checksum::Removed), Just(Checksum::Renewed)];
    let mutations = prop::collection::vec(mutation(), 1..4);
    let last = FILES.len() - 1; // the list itself
    proptest!(config, |(file in 0..FILES.len(), mutations in mutations, checksum in checksums, in_header in any::<bool>())| {
        let mut files = good_files().clone();
        match checksum {
            Checksum::Renewed => {
                mutate_contents(FILES[file], &mut files[file], in_header, &mutations);
                if file != last {
                    files[last] = list_of(&files);
                }
            }
            Checksum::Kept => mutations.iter().for_each(|mutation| mutation.apply(&mut files[file])),
            Checksum::Removed => {
                files[last].clear();
                mutations.iter().for_each(|mutation| mutation.apply(&mut files[file]));
            }
        }
        let bytes: usize = files.iter().map(Vec::len).sum();
        let held = peak_of(&files, read_all);
        prop_assert!(held <= good_peak + FACTOR * bytes, "{held} bytes for {bytes} of files, {good_peak} for good ones");
    });
}
