//! Damaged, foreign and missing files: an error that says which, never a panic.

mod whole_run;

use std::path::Path;

use headlight_device::DeviceName;
use headlight_model::Positions;
use headlight_runs::{Damage, RunConfig, RunError, SavedRun};
use headlight_train::generate;
use whole_run::{small, with};

#[test]
fn a_directory_without_a_run_says_what_is_missing() {
    let directory = make_run(&small());
    let path = directory.path();
    std::fs::create_dir(path.join("empty")).expect("a directory");
    for (nowhere, missing) in [("not there", "config.json"), ("empty", "config.json"), ("result.json", "config.json")] {
        assert_no_run(&path.join(nowhere), missing);
    }
    std::fs::remove_file(path.join("model.safetensors")).expect("it is there");
    assert_no_run(path, "model.safetensors");
}

#[test]
fn a_cut_configuration_is_damaged() {
    let directory = make_run(&small());
    let path = directory.path().join("config.json");
    let whole = read(&path);
    for end in 0..whole.len() {
        write(&path, &whole[..end]);
        assert_damaged(directory.path(), "config.json");
    }
}

#[test]
fn a_configuration_with_a_flipped_bit_is_damaged() {
    let directory = make_run(&small());
    let path = directory.path().join("config.json");
    let whole = read(&path);
    for (at, bit) in (0..whole.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << bit;
        write(&path, &bytes);
        assert_damaged(directory.path(), "config.json");
    }

    // Without the list, as somebody may have written it by hand.
    std::fs::remove_file(directory.path().join("files.jsonl")).expect("it is there");
    let mut refused = 0;
    for at in 0..whole.len() {
        for bit in [at % 8, (at + 3) % 8] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            write(&path, &bytes);
            refused += usize::from(is_refused_or_works(directory.path()));
        }
    }
    assert!(refused > whole.len(), "only {refused} flips of {} were noticed", 2 * whole.len());
}

#[test]
fn a_list_with_a_flipped_bit_names_a_file_or_itself() {
    let directory = make_run(&small());
    let path = directory.path().join("files.jsonl");
    let whole = read(&path);
    let mut named = [0, 0];
    for (at, bit) in (0..whole.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << bit;
        write(&path, &bytes);
        match SavedRun::open(directory.path()) {
            Err(RunError::Damaged { path: damaged, .. }) => named[usize::from(damaged == path)] += 1,
            Err(other) => panic!("{other}"),
            Ok(run) => assert_eq!(run.config, small()),
        }
    }
    assert!(named.iter().all(|count| *count > 10), "{named:?}");
}

#[test]
fn a_configuration_that_no_run_has_is_damaged() {
    let directory = make_run(&small());
    let path = directory.path().join("config.json");
    let whole = String::from_utf8(read(&path)).expect("JSON is text");
    std::fs::remove_file(directory.path().join("files.jsonl")).expect("it is there");
    for (good, bad) in [
        ("\"n_heads\": 2", "\"n_heads\": 3"),
        ("\"n_heads\": 2", "\"n_heads\": 0"),
        ("\"d_model\": 16", "\"d_model\": 18446744073709551615"),
        ("\"length\": 3", "\"length\": 4611686018427387904"),
        ("\"symbols\": 6", "\"symbols\": -6"),
        ("\"dropout\": 0.0", "\"dropout\": 1.0"),
        ("\"learning_rate\": 0.008", "\"learning_rate\": 1e999"),
        ("\"threads\": 1", "\"threads\": 0"),
        ("\"device\": \"", "\"device\": \"abacus"),
        ("\"name\": \"copy\"", "\"name\": \"dance\""),
        ("\"version\": 3,", ""),
        ("{", "[{"),
    ] {
        assert!(whole.contains(good), "{good} is not in {whole}");
        write(&path, whole.replacen(good, bad, 1).as_bytes());
        assert_damaged(directory.path(), "config.json");
    }
    write(&path, b"\xff\xfe");
    assert_damaged(directory.path(), "config.json");
}

#[test]
fn a_newer_run_asks_for_a_newer_headlight() {
    let directory = make_run(&small());
    let path = directory.path().join("config.json");
    let whole = String::from_utf8(read(&path)).expect("JSON is text");
    std::fs::remove_file(directory.path().join("files.jsonl")).expect("it is there");
    // Whatever else the newer one has or lacks.
    for newer in [
        whole.replace("\"version\": 3", "\"version\": 4"),
        whole.replace("\"version\": 3", "\"version\": 4294967299"),
        r#"{"version": 7}"#.to_string(),
    ] {
        write(&path, newer.as_bytes());
        let error = assert_damaged(directory.path(), "config.json");
        assert!(error.contains("newer Headlight") && !error.contains("damaged"), "{error}");
    }
}

#[test]
fn an_older_run_is_refused_by_its_layout() {
    let directory = make_run(&small());
    std::fs::remove_file(directory.path().join("files.jsonl")).expect("it is there");
    write(
        &directory.path().join("config.json"),
        br#"{"version": 2, "tour": false, "task": {"name": "copy"}, "n_layers": 2}"#,
    );
    let error = SavedRun::open(directory.path()).err().expect("an older run");
    let is_older = |damage: &Damage| matches!(damage, Damage::Older { version: 2, .. });
    assert!(matches!(&error, RunError::Damaged { source, .. } if is_older(source)), "{error}");
}

#[test]
fn a_cut_model_is_damaged() {
    let directory = make_run(&small());
    let path = directory.path().join("model.safetensors");
    let whole = read(&path);
    let ends = (0..200).chain((200..whole.len()).step_by(61)).chain([whole.len() - 1]);
    for end in ends {
        write(&path, &whole[..end]);
        assert_damaged(directory.path(), "model.safetensors");
    }
    write(&path, &[&whole[..], b"more"].concat());
    assert_damaged(directory.path(), "model.safetensors");
}

#[test]
fn a_model_with_a_flipped_bit_is_damaged_or_still_a_model() {
    let directory = make_run(&small());
    let path = directory.path().join("model.safetensors");
    let whole = read(&path);
    for at in (0..200).chain((200..whole.len()).step_by(31)) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        write(&path, &bytes);
        assert_damaged(directory.path(), "model.safetensors");
    }

    // Without the list, as another program may write it.
    std::fs::remove_file(directory.path().join("files.jsonl")).expect("it is there");
    // A third of the header's bytes, another bit each time; all bits of its length; some of the numbers, and all bits of
    // one exponent.
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().expect("eight bytes")) as usize;
    let flips = (0..header).step_by(3).map(|at| (at, at % 8)).chain((0..64).map(|bit| (bit / 8, bit % 8)));
    let flips = flips.chain((header..whole.len()).step_by(509).map(|at| (at, at % 8)));
    let last = whole.len() - 1;
    let flips: Vec<_> = flips.chain((0..8).map(|bit| (last, bit))).collect();
    let mut refused = 0;
    for (at, bit) in &flips {
        let mut bytes = whole.clone();
        bytes[*at] ^= 1 << bit;
        write(&path, &bytes);
        refused += usize::from(is_refused_or_works(directory.path()));
    }
    assert!(refused > header / 6, "only {refused} flips of {} were noticed", flips.len());
}

#[test]
fn weights_of_another_model_are_refused() {
    let directory = make_run(&small());
    for other in [
        with(small(), |config| config.model.d_ff = 48),
        with(small(), |config| config.model.n_layers = 2),
        with(small(), |config| config.model.positions = Positions::Learned),
    ] {
        let other = make_run(&other);
        std::fs::copy(other.path().join("model.safetensors"), directory.path().join("model.safetensors"))
            .expect("a copy");
        std::fs::remove_file(directory.path().join("files.jsonl")).ok(); // which would notice it
        let error = assert_damaged(directory.path(), "model.safetensors");
        assert!(error.contains("another model"), "{error}");
    }
}

#[test]
fn damaged_attention_is_noticed_when_it_is_read() {
    let directory = make_run(&small());
    let path = directory.path().join("attention.safetensors");
    let whole = read(&path);
    for end in (0..whole.len()).step_by(37) {
        write(&path, &whole[..end]);
        let run = SavedRun::open(directory.path()).expect("the model is whole");
        let error = run.records().expect_err("cut attention");
        assert!(matches!(&error, RunError::Damaged { path: named, .. } if *named == path), "{error}");
    }
    std::fs::remove_file(&path).expect("it is there");
    let error = SavedRun::open(directory.path()).expect("the model is whole").records().expect_err("no attention");
    assert!(matches!(error, RunError::NoRun { missing: "attention.safetensors", .. }), "{error}");
}

#[test]
fn a_damaged_result_is_noticed_when_it_is_read() {
    let directory = make_run(&small());
    let path = directory.path().join("result.json");
    let whole = read(&path);
    for end in 0..whole.len() {
        write(&path, &whole[..end]);
        let error = SavedRun::open(directory.path()).expect("the model is whole").result().expect_err("a cut result");
        assert!(matches!(&error, RunError::Damaged { path: named, .. } if *named == path), "{error}");
    }
    // It is written last of all: without it, nothing says that the model is the run's last.
    std::fs::remove_file(&path).expect("it is there");
    let error = SavedRun::open(directory.path()).err().expect("no result");
    assert!(matches!(error, RunError::Unfinished { .. }), "{error}");
}

#[test]
fn a_run_opens_where_its_device_was_not_built() {
    // A device that this build lacks stands for a run from another machine; a build with all of them has nothing to fear.
    let is_missing = |device: &DeviceName| DeviceName::built().all(|built| built != *device);
    let Some(missing) = DeviceName::ALL.into_iter().find(is_missing) else { return };
    let directory = make_run(&small());
    let path = directory.path().join("config.json");
    let text = String::from_utf8(read(&path)).expect("JSON is text");
    std::fs::remove_file(directory.path().join("files.jsonl")).expect("it is there");
    write(&path, text.replace(&format!("\"{}\"", DeviceName::default()), &format!("\"{missing}\"")).as_bytes());
    assert_eq!(SavedRun::open(directory.path()).expect("it opens elsewhere").config.device, missing);
}

fn make_run(config: &RunConfig) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    whole_run::make_run(directory.path(), config);
    directory
}

fn assert_no_run(path: &Path, missing: &str) {
    let error = SavedRun::open(path).err().expect("no run").to_string();
    assert_eq!(error, format!("{} is not a run: {missing} is missing", path.display()));
}

fn assert_damaged(run: &Path, name: &str) -> String {
    let error = SavedRun::open(run).err().expect("a damaged file");
    assert!(matches!(&error, RunError::Damaged { path, .. } if *path == run.join(name)), "{error}");
    assert!(!error.is_failure(), "{error}");
    error.to_string()
}

/// Whether the run is refused; if it is not, its model answers without a panic.
fn is_refused_or_works(path: &Path) -> bool {
    match SavedRun::open(path) {
        Err(error) => {
            assert!(matches!(error, RunError::Damaged { .. }), "{error}");
            true
        }
        Ok(run) => {
            let answers = generate(&run.model, &run.config.task, &[vec![0, 1]], &run.device);
            assert_eq!(answers[0].len(), 2);
            false
        }
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file")
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("a file");
}
