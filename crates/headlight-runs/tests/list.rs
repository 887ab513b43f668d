//! The list of a run's files: right at every moment at which a process can be killed, or a machine lose its power.

mod whole_run;

use std::path::Path;

use headlight_runs::{
    Layout, Replace, RunDirectory, RunError, SavedRun, read_records, read_records_of_steps, write_into_run,
};
use whole_run::{make_run, small};

/// Killed between the line and the file, the file is still as an earlier line says.
#[test]
fn a_line_whose_file_did_not_take_its_place_changes_nothing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    make_run(directory.path(), &small());
    for name in ["config.json", "model.safetensors", "attention.safetensors", "never/written.png"] {
        append(directory.path(), &format!("{{\"file\":\"{name}\",\"bytes\":3,\"crc32\":7}}\n"));
    }
    SavedRun::open(directory.path()).expect("a run").records().expect("its records");
    RunDirectory::create(directory.path(), &small(), Replace::AnyRun).expect("a run may be replaced");
}

/// A loss of power may leave a part of a line, and of nothing else.
#[test]
fn a_line_without_an_end_is_written_over() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    make_run(directory.path(), &small());
    append(directory.path(), "{\"file\":\"mod");
    SavedRun::open(directory.path()).expect("a run");
    let picture = directory.path().join("heatmaps/cross_grid.png");
    write_into_run(&[(picture.clone(), b"a picture".to_vec())]).expect("room");
    let list = std::fs::read_to_string(directory.path().join("files.jsonl")).expect("a list");
    assert!(list.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{list}");
    RunDirectory::create(directory.path(), &small(), Replace::AnyRun).expect("the picture is the run's");
    assert!(!picture.exists());
}

#[test]
fn records_are_compared_with_the_list_wherever_they_are_read_from() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    make_run(directory.path(), &small());
    let path = Layout::of(directory.path()).attention();
    let records = read_records(&path).expect("records");
    // Another record, and a good one, but not the one that the run wrote.
    let lighter: Vec<_> = records.iter().cloned().map(|record| record.without_projections()).collect();
    let bytes = headlight_record::records_to_bytes(&lighter).expect("records");
    std::fs::write(&path, &bytes).expect("a file");
    assert!(matches!(read_records(&path), Err(RunError::Damaged { .. })));
    let kept = Layout::of(directory.path()).record(2);
    write_into_run(&[(kept.clone(), bytes.clone())]).expect("room");
    assert_eq!(read_records_of_steps(directory.path(), [2]).expect("records"), std::slice::from_ref(&lighter));
    std::fs::write(&kept, &std::fs::read(&path).expect("records")[..99]).expect("a file");
    assert!(matches!(read_records_of_steps(directory.path(), [2]), Err(RunError::Damaged { .. })));
    // Outside of a run, nothing says that it is another.
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    let copy = elsewhere.path().join("attention.safetensors");
    std::fs::write(&copy, &bytes).expect("a file");
    assert_eq!(read_records(&copy).expect("records"), lighter);
}

/// A flipped bit must not turn the comparison off.
#[test]
fn a_line_that_is_not_whole_is_damage() {
    let broken = [
        r#"{"file":"model.safetensors","bytes":-3,"crc32":7}"#,
        r#"{"file":"model.safetensors","bytes":3,"crc32":4294967296}"#,
        r#"{"file":"model.safetensors","bytes":3}"#,
        r#"{"file":"model.safetensors","crc32":7}"#,
        r#"{"file":"model.safetensors","bytds":3,"crc22":7}"#,
    ];
    for line in broken {
        let directory = tempfile::tempdir().expect("a temporary directory");
        make_run(directory.path(), &small());
        append(directory.path(), &format!("{line}\n"));
        assert!(matches!(SavedRun::open(directory.path()), Err(RunError::Damaged { .. })), "{line}");
    }
}

fn append(run: &Path, text: &str) {
    let path = run.join("files.jsonl");
    let list = std::fs::read_to_string(&path).expect("a list");
    std::fs::write(&path, list + text).expect("room");
}
