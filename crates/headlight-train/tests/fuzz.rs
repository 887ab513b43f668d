//! Every reader of a run's files, given mutated ones: an answer or an error in one line, no panic, and no more memory than a
//! small multiple of the files.

mod whole_run;

use std::path::Path;
use std::sync::OnceLock;

use headlight_model::Architecture;
use headlight_record::{read_metrics, read_records};
use headlight_train::{Checkpoint, RunConfig, SavedRun, StoppedRun, TaskName};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What a reader may hold beside the files: the model and the task's exam are made from a few numbers.
const FIXED_BYTES: usize = 8 << 20;
/// How often it may hold the files' bytes.
const FACTOR: usize = 8;

const FILES: [&str; 5] =
    ["config.json", "metrics.jsonl", "checkpoint.safetensors", "model.safetensors", "attention.safetensors"];

/// One change to a file's bytes; places are shares of its length.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(f64, u8),
    Cut(f64),
    Remove(f64, usize),
    Insert(f64, Vec<u8>),
    Repeat(f64, f64),
    /// A decimal digit becomes a long number: sizes are what makes readers allocate.
    Number(f64, u64),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    // Most of the meaning stands at the beginning of a file.
    let place = || prop_oneof![0.0..1.0, 0.0..0.05];
    prop_oneof![
        (place(), 0_u8..8).prop_map(|(place, bit)| Mutation::Flip(place, bit)),
        place().prop_map(Mutation::Cut),
        (place(), 1_usize..40).prop_map(|(place, count)| Mutation::Remove(place, count)),
        (place(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(place, bytes)| Mutation::Insert(place, bytes)),
        (place(), place()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
        (place(), prop_oneof![any::<u64>(), 0..100_000_u64])
            .prop_map(|(place, number)| Mutation::Number(place, number)),
    ]
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        let at = |place: &f64| ((place * length as f64) as usize).min(length - 1);
        match self {
            Self::Flip(place, bit) => bytes[at(place)] ^= 1 << bit,
            Self::Cut(place) => bytes.truncate(at(place)),
            Self::Remove(place, count) => drop(bytes.drain(at(place)..(at(place) + count).min(length))),
            Self::Insert(place, more) => drop(bytes.splice(at(place)..at(place), more.iter().copied())),
            Self::Repeat(from, to) => {
                let (from, to) = (at(from).min(at(to)), at(from).max(at(to)));
                bytes.extend_from_within(from..to);
            }
            Self::Number(place, number) => {
                let digit = (at(place)..length).find(|at| bytes[*at].is_ascii_digit());
                if let Some(digit) = digit {
                    bytes.splice(digit..=digit, number.to_string().into_bytes());
                }
            }
        }
    }
}

/// The files of a small run.
fn good_files() -> &'static [Vec<u8>; 5] {
    static FILES_OF_A_RUN: OnceLock<[Vec<u8>; 5]> = OnceLock::new();
    FILES_OF_A_RUN.get_or_init(|| {
        let mut config = RunConfig::for_task(TaskName::Copy, Architecture::Decoder);
        (config.task.length, config.task.symbols) = (3, 6);
        (config.d_model, config.n_heads, config.n_layers, config.d_ff) = (16, 2, 1, 32);
        (config.batch_size, config.max_steps, config.held_out, config.threads) = (16, 4, 10, 1);
        let directory = tempfile::tempdir().expect("a temporary directory");
        whole_run::make_run(directory.path(), config);
        FILES.map(|name| std::fs::read(directory.path().join(name)).expect(name))
    })
}

/// A safetensors file or configuration whose name of the checksum is another, so that its contents are looked at.
fn without_seal(bytes: &mut [u8]) {
    if let Some(at) = bytes.windows(7).position(|name| name == b"\"crc32\"") {
        bytes[at + 1] = b'C';
    }
}

/// Reads everything in the directory, each in every way that there is.
fn read_all(run: &Path) {
    let one_line = |said: String| assert!(!said.contains('\n') && !said.is_empty(), "{said:?}");
    match SavedRun::open(run) {
        Ok(saved) => {
            if let Err(error) = saved.records() {
                one_line(error.to_string());
            }
        }
        Err(error) => one_line(error.to_string()),
    }
    if let Err(error) = StoppedRun::open(run).map(|stopped| stopped.result(1)) {
        one_line(error.to_string());
    }
    if let Err(error) = read_records(&run.join("attention.safetensors")) {
        one_line(error.to_string());
    }
    if let Err(error) = read_metrics(&run.join("metrics.jsonl")) {
        one_line(error.to_string());
    }
    let bytes = std::fs::read(run.join("checkpoint.safetensors")).expect("a file");
    if let Err(reason) = Checkpoint::from_bytes(&bytes) {
        one_line(reason);
    }
}

// One test, since the memory of all threads is counted together.
proptest! {
    #![proptest_config(ProptestConfig { cases: 768, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn mutated_files_are_read_or_refused(
        file in 0..FILES.len(),
        mutations in prop::collection::vec(mutation(), 1..4),
        sealed in any::<bool>(),
    ) {
        let mut files = good_files().clone();
        if !sealed {
            without_seal(&mut files[file]);
        }
        for mutation in &mutations {
            mutation.apply(&mut files[file]);
        }
        let directory = tempfile::tempdir().expect("a temporary directory");
        for (name, bytes) in FILES.iter().zip(&files) {
            std::fs::write(directory.path().join(name), bytes).expect("a file");
        }
        let bytes: usize = files.iter().map(Vec::len).sum();
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        read_all(directory.path());
        let held = MEMORY.peak_usage().saturating_sub(before);
        prop_assert!(held <= FACTOR * bytes + FIXED_BYTES, "{held} bytes for {bytes} of files");
    }
}
