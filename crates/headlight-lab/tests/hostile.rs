//! Archives that ask for more memory than a run needs are refused before it is taken.

mod workers;

use std::io::{Cursor, Write};

use headlight_lab::Lab;
use headlight_lab::messages::{Request, Settings};
use peak_alloc::PeakAlloc;
use workers::{alone, reason, small};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const LARGE: usize = 32 << 20;

/// The configuration of a run, as its file has it.
fn config(settings: &Settings) -> Vec<u8> {
    serde_json::to_vec(&settings.run_config().expect("good settings")).expect("plain data")
}

/// An archive that is as large as what it holds.
fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file(*name, options).expect("room");
        zip.write_all(bytes).expect("room");
    }
    zip.finish().expect("whole").into_inner()
}

/// An archive that says of itself that all of it is a directory of files.
fn of_many_files() -> Vec<u8> {
    let count = (LARGE / 46) as u64;
    let mut bytes = vec![0; LARGE];
    bytes[0..4].copy_from_slice(b"PK\x01\x02");
    let end = bytes.len() as u64;
    bytes.extend(b"PK\x06\x06");
    bytes.extend(44_u64.to_le_bytes()); // of the rest of this record
    bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // versions, disks
    for number in [count, count, count * 46, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(end.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([0xff; 12]);
    bytes.extend([0, 0]);
    bytes
}

// One test, since the memory of all threads is counted together.
#[test]
fn what_is_too_large_is_refused_before_it_is_unpacked() {
    let zeros = vec![0; LARGE];
    let few = config(&small());
    let wide = config(&Settings { d_model: Some(4096), d_ff: Some(16_384), ..small() });
    let pairs = (0..40).map(|at| format!("a{at}\tb\n")).collect();
    let of_pairs = config(&Settings { task: Some("file".to_string()), pairs: Some(pairs), ..Settings::default() });
    let pairs = b"a\tb\n".repeat(LARGE / 4);
    let cases: [(Vec<u8>, &str); 6] = [
        (packed(&[("config.json", &few), ("checkpoint.safetensors", &zeros)]), "checkpoint.safetensors has"),
        (packed(&[("config.json", &few), ("metrics.jsonl", &zeros)]), "metrics.jsonl has"),
        (packed(&[("config.json", &zeros)]), "config.json has"),
        (packed(&[("config.json", &wide), ("checkpoint.safetensors", &zeros)]), "MiB of memory"),
        (packed(&[("config.json", &of_pairs), ("pairs.txt", &pairs)]), "pairs.txt has"),
        (of_many_files(), "more than 65535 files"),
    ];
    for (archive, expected) in cases {
        let request = Request::Open { settings: None, part: alone() };
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let reason = reason(&mut Lab::new(), request, &archive);
        let peak = MEMORY.peak_usage().saturating_sub(before);
        assert!(reason.contains(expected), "{expected}: {reason}");
        assert!(peak < LARGE / 4, "{expected}: {peak} bytes");
    }
}
