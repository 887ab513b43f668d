//! Files of other programs that are called as Headlight's are: never added to, never replaced, never removed.

mod whole_run;

use std::path::Path;

use headlight_record::records_to_bytes;
use headlight_runs::{
    Layout, Replace, Replacing, RunDirectory, RunError, SeedDirectory, StoppedRun, read_records, write_into_run,
};
use whole_run::{make_run, small, with};

/// Another program's list, without a line's end after its last line.
const LISTS: [&str; 3] = ["a line\nand another", "{\"id\":1,\"text\":\"three\"}\n", "{\"file\":\"mine.wav\"}\n"];

#[test]
fn a_list_above_without_a_run_beside_it_is_not_touched() {
    for list in LISTS {
        let directory = temporary();
        put(directory.path(), "files.jsonl", list);
        put(directory.path(), "config.json", r#"{"architectures": ["BertModel"], "version": 1}"#);
        let path = directory.path().join("pictures/deep/cross.png");
        write_into_run(&[(path.clone(), b"a picture".to_vec())]).expect("room");
        assert_eq!(read(directory.path(), "files.jsonl"), list);
        assert_eq!(std::fs::read(&path).expect("a picture"), b"a picture");

        let run = directory.path().join("run");
        make_run(&run, &small());
        std::fs::copy(Layout::of(&run).attention(), directory.path().join("a.safetensors")).expect("room");
        read_records(&directory.path().join("a.safetensors")).expect("records that no list knows of");
    }
}

#[test]
fn a_list_in_a_run_s_place_is_not_added_to() {
    let directory = temporary();
    make_run(directory.path(), &small());
    put(directory.path(), "files.jsonl", LISTS[1]);
    let picture = directory.path().join("heatmaps/cross.png");
    let error = write_into_run(&[(picture.clone(), b"a picture".to_vec())]).expect_err("no list of ours");
    assert!(matches!(error, RunError::Damaged { .. }), "{error}");
    assert_eq!(read(directory.path(), "files.jsonl"), LISTS[1]);
    assert!(!picture.exists());
}

#[test]
fn a_list_alone_in_a_directory_is_not_written_over() {
    for list in LISTS {
        for replace in [Replace::Nothing, Replace::AnyRun, Replace::Tour] {
            let directory = temporary();
            put(directory.path(), "files.jsonl", list);
            RunDirectory::create(directory.path(), &small(), replace).map(|_| ()).expect_err("it is someone's");
            SeedDirectory::create(directory.path(), 0..2, small(), replace).map(|_| ()).expect_err("it is someone's");
            assert_eq!(read(directory.path(), "files.jsonl"), list);
        }
    }
    // A run that was killed before its configuration was there leaves these.
    for list in ["", "{\"fi", "{\"file\":\"config.json\",\"bytes\":3,\"crc32\":7}\n{\"file\":\"conf"] {
        let directory = temporary();
        put(directory.path(), "files.jsonl", list);
        RunDirectory::create(directory.path(), &small(), Replace::Nothing).expect("nothing is lost");
    }
}

#[test]
fn only_our_list_of_seeds_is_replaced() {
    for mine in ["mine", "{}", "[]", r#"{"seeds": [1, 2]}"#, r#"{"version": 2, "seeds": {"start": 0, "end": 9}}"#] {
        let directory = temporary();
        put(directory.path(), "seeds.json", mine);
        let create = SeedDirectory::create(directory.path(), 0..2, small(), Replace::AnyRun);
        let error = create.map(|_| ()).expect_err("another program's");
        assert!(matches!(error, RunError::NotReplaced { reason: Replacing::Stranger { .. }, .. }), "{error}");
        assert_eq!(read(directory.path(), "seeds.json"), mine);
    }
}

#[test]
fn a_run_is_no_directory_of_seeds() {
    let directory = temporary();
    make_run(directory.path(), &small());
    let create = SeedDirectory::create(directory.path(), 0..2, small(), Replace::AnyRun);
    create.map(|_| ()).expect_err("it holds a run");
    StoppedRun::open(directory.path()).expect("the run is still there");
}

#[test]
fn pictures_in_a_directory_of_seeds_give_way_with_it() {
    let directory = temporary();
    drop(SeedDirectory::create(directory.path(), 0..2, small(), Replace::Nothing).expect("room"));
    let picture = directory.path().join("pictures/loss.png");
    write_into_run(&[(picture.clone(), b"a picture".to_vec())]).expect("room");
    drop(SeedDirectory::create(directory.path(), 0..2, small(), Replace::AnyRun).expect("all of it is ours"));
    assert!(!picture.exists());
    SeedDirectory::open(directory.path()).expect("it is whole");
    put(directory.path(), "pictures/loss.png", "mine");
    let create = SeedDirectory::create(directory.path(), 0..2, small(), Replace::AnyRun);
    create.map(|_| ()).expect_err("what went is forgotten");
}

#[test]
fn a_configuration_that_was_edited_by_hand_is_still_the_run_s() {
    let directory = temporary();
    make_run(directory.path(), &small());
    let list = read(directory.path(), "files.jsonl");
    let others: Vec<&str> = list.split_inclusive('\n').filter(|line| !line.contains("config.json")).collect();
    put(directory.path(), "files.jsonl", &others.concat());
    RunDirectory::create(directory.path(), &small(), Replace::AnyRun).expect("a run may be replaced");
}

#[test]
fn resuming_removes_no_record_that_the_run_did_not_write() {
    let directory = temporary();
    let training = make_run(directory.path(), &small());
    let records = records_to_bytes(&training.records().expect("records")).expect("records");
    write_into_run(&[(Layout::of(directory.path()).record(7), records)]).expect("room");
    put(directory.path(), "records/step_000009.safetensors", "mine");
    put(directory.path(), "records/step_8.safetensors", "mine");
    let run = StoppedRun::open(directory.path()).expect("a run");
    let more = with(run.config().clone(), |config| config.training.max_steps = 3);
    run.resume(more).expect("it goes on");
    assert!(!Layout::of(directory.path()).record(7).exists(), "the run's own of a step to come");
    for name in ["records/step_000009.safetensors", "records/step_8.safetensors"] {
        assert_eq!(read(directory.path(), name), "mine");
    }
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn put(directory: &Path, name: &str, contents: &str) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().expect("it is in the directory")).expect("directories");
    std::fs::write(path, contents).expect("a file");
}

fn read(directory: &Path, name: &str) -> String {
    std::fs::read_to_string(directory.join(name)).expect("a file")
}
