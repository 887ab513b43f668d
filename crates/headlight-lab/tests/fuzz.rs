//! Requests and archives that were changed at random: a reply in one line, no panic, and no more memory than good ones take and a
//! small multiple of what was sent.

mod workers;

use std::cell::{Cell, RefCell};
use std::io::{Cursor, Read, Write};
use std::sync::OnceLock;

use headlight_lab::Lab;
use headlight_lab::messages::{Contents, Reply, Request, Settings, Stepped};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use serde_json::json;
use workers::{Workers, alone, said, small, start};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How often the bytes that were sent may be held, beside what good ones take.
const FACTOR: usize = 16;

/// One change to bytes; places are shares of their length.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(f64, u8),
    Cut(f64),
    Insert(f64, Vec<u8>),
    Repeat(f64, f64),
    /// A decimal digit becomes a number: sizes are what makes readers allocate.
    Number(f64, u64),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = || 0.0..1.0;
    prop_oneof![
        (place(), 0_u8..8).prop_map(|(place, bit)| Mutation::Flip(place, bit)),
        place().prop_map(Mutation::Cut),
        (place(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(place, bytes)| Mutation::Insert(place, bytes)),
        (place(), place()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
        // Nothing in between: a model of some hundred MiB may be asked for, and takes its time.
        (place(), prop_oneof![0..9_u64, (1_u64 << 32)..u64::MAX])
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
            Self::Insert(place, more) => drop(bytes.splice(at(place)..at(place), more.iter().copied())),
            Self::Repeat(from, to) => bytes.extend_from_within(at(from).min(at(to))..at(from).max(at(to))),
            Self::Number(place, number) => {
                if let Some(digit) = (at(place)..length).find(|at| bytes[*at].is_ascii_digit()) {
                    bytes.splice(digit..=digit, number.to_string().into_bytes());
                }
            }
        }
    }
}

/// A training after a few steps, as an archive.
fn archive() -> &'static [u8] {
    static ARCHIVE: OnceLock<Vec<u8>> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        let (mut workers, _) = Workers::start(&small(), 1);
        workers.steps(3);
        said(workers.first(), Request::Save { contents: Contents::Checkpoint }, &[]).1
    })
}

/// The files in it.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive())).expect("a zip archive");
    let unpacked = (0..zip.len()).map(|at| {
        let mut file = zip.by_index(at).expect("a file");
        let name = file.name().expect("text").rsplit('/').next().expect("a name").to_string();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("whole");
        (name, bytes)
    });
    unpacked.collect()
}

/// An archive of files, whose list says that they were written so.
fn packed(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let listed = files.iter().filter(|(name, _)| !["files.jsonl", "metrics.jsonl"].contains(&name.as_str()));
    let line = |(name, bytes): &(String, Vec<u8>)| {
        json!({"file": name, "bytes": bytes.len(), "crc32": crc32fast::hash(bytes)}).to_string() + "\n"
    };
    let list = ("files.jsonl".to_string(), listed.map(line).collect::<String>().into_bytes());
    let others = files.iter().filter(|(name, _)| name != "files.jsonl");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in others.chain([&list]) {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("room");
        zip.write_all(bytes).expect("room");
    }
    zip.finish().expect("whole").into_inner()
}

/// Does what is asked, uses what came of it, and says whether it was refused.
fn is_refused(lab: &mut Lab, request: &str, beside: &[u8]) -> bool {
    let (reply, _) = lab.handle_json(request, beside);
    match serde_json::from_str(&reply).expect("a reply is one") {
        Reply::Refused { reason } => {
            assert!(!reason.is_empty() && !reason.chars().any(char::is_control), "{reason:?}");
            true
        }
        _ => false,
    }
}

/// The training that is there takes a step, and is looked at.
fn use_it(lab: &mut Lab) {
    if let Ok(part) = lab.gradients() {
        let stepped = lab.apply(&part, 0.1);
        if matches!(stepped, Stepped::Taken { evaluation_due: true, .. }) {
            lab.evaluated(lab.count(&[]).expect("no changes"));
        }
    }
    for request in [Request::Attend { question: None, changes: vec![] }, Request::Save { contents: Contents::Run }] {
        is_refused(lab, &serde_json::to_string(&request).expect("plain data"), &[]);
    }
}

/// The most memory that is taken while something is done, in bytes.
fn peak_of<T>(done: impl FnOnce() -> T) -> (usize, T) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let done = done();
    (MEMORY.peak_usage().saturating_sub(before), done)
}

fn open() -> String {
    serde_json::to_string(&Request::Open { settings: None, part: alone() }).expect("plain data")
}

// One test, since the memory of all threads is counted together.
#[test]
fn whatever_is_sent_has_a_reply() {
    let mut lab = Lab::new();
    assert!(!is_refused(&mut lab, &open(), archive()) && !is_refused(&mut lab, &open(), &packed(&files())));
    use_it(&mut lab);
    let (good, _) = peak_of(|| is_refused(&mut lab, &open(), archive()));
    let most = |sent: usize| 2 * good + FACTOR * sent;
    let sent = archive().len();
    assert!(most(sent) < 100 * sent, "a hundredfold would go unnoticed beside {good}");
    let taken = Cell::new(0);
    let opened = |archive: &[u8]| {
        let mut lab = Lab::new();
        let (peak, refused) = peak_of(|| is_refused(&mut lab, &open(), archive));
        assert!(peak <= most(archive.len()), "{peak} bytes for {}", archive.len());
        if !refused {
            taken.set(taken.get() + 1);
            use_it(&mut lab);
        }
    };
    let lab = RefCell::new(lab);
    let config = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config.clone(), |(mutations in prop::collection::vec(mutation(), 1..4))| {
        let mut archive = archive().to_vec();
        mutations.iter().for_each(|mutation| mutation.apply(&mut archive));
        opened(&archive);
    });
    proptest!(config.clone(), |(mutations in prop::collection::vec(mutation(), 1..3), at in 0..4_usize)| {
        let mut files = files();
        let bytes = &mut files[at].1;
        // Of tensors the header, where sizes stand.
        let length = if bytes.len() > 50_000 { 2_000 } else { bytes.len() };
        let rest = bytes.split_off(length);
        mutations.iter().for_each(|mutation| mutation.apply(bytes));
        bytes.extend(rest);
        opened(&packed(&files));
    });
    assert!(taken.get() > 10, "{} were taken: the others show how little is looked at", taken.get());

    // Numbers that are none, where the checksum is right.
    let mut files = files();
    let checkpoint = &mut files.iter_mut().find(|(name, _)| name == "checkpoint.safetensors").expect("it has one").1;
    let length = checkpoint.len();
    checkpoint[length - 40_000..].fill(0xff);
    opened(&packed(&files));

    let settings = Settings { max_steps: Some(9), seed: Some(1), pairs: None, ..small() };
    let requests = [
        start(&settings, alone()),
        Request::Attend { question: Some("3 1 4 2".to_string()), changes: vec![] },
        serde_json::from_value(json!({"ask": "evaluate", "changes": [
            {"head": {"kind": "decoder_self", "layer": 0, "head": 1}, "change": "uniform"},
        ]}))
        .expect("a request"),
        Request::Roles { examples: 3 },
    ];
    let requests = requests.map(|request| serde_json::to_string(&request).expect("plain data"));
    proptest!(config, |(mutations in prop::collection::vec(mutation(), 1..4), at in 0..4_usize)| {
        let mut request = requests[at].clone().into_bytes();
        mutations.iter().for_each(|mutation| mutation.apply(&mut request));
        is_refused(&mut lab.borrow_mut(), &String::from_utf8_lossy(&request), &[]);
    });
    use_it(&mut lab.borrow_mut());
}
