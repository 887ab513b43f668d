//! A new run takes the place of what it may, and of nothing else: what is refused stays as it is, to the last byte.

mod whole_run;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use headlight_model::Architecture;
use headlight_runs::{Replace, RunConfig, RunDirectory, RunError, write_into_run};
use headlight_train::tasks;
use whole_run::with;

const ALL: [Replace; 3] = [Replace::Nothing, Replace::AnyRun, Replace::Tour];

#[test]
fn an_empty_or_absent_directory_is_good_for_all() {
    for replace in ALL {
        let directory = temporary();
        create(directory.path(), replace).expect("an empty directory");
        create(&directory.path().join("not/there/yet"), replace).expect("an absent one");
    }
}

#[test]
fn nothing_is_replaced_unasked() {
    for name in ["config.json", "files.jsonl", "seeds.json", "notes.txt", ".hidden", "heatmaps/decoder_self_grid.png"] {
        let directory = temporary();
        put(directory.path(), name, "mine");
        let error = refusal(directory.path(), Replace::Nothing);
        assert!(matches!(error, RunError::NotEmpty { .. }), "{error}");
    }
    // A directory in it is something too, even if there is nothing in that.
    let directory = temporary();
    std::fs::create_dir(directory.path().join("empty")).expect("a directory");
    refusal(directory.path(), Replace::Nothing);
}

#[test]
fn a_run_gives_way_with_all_that_belongs_to_it() {
    let directory = temporary();
    put_run(directory.path(), false);
    create(directory.path(), Replace::AnyRun).expect("a run may be replaced");
    let left: Vec<PathBuf> = contents(directory.path()).into_keys().collect();
    assert_eq!(left, ["config.json", "files.jsonl", "metrics.jsonl"].map(|name| directory.path().join(name)));
    assert_eq!(std::fs::read(&left[2]).expect("metrics"), b"");
    assert!(!directory.path().join("pictures").exists(), "its folders go with what was in them");
    // What went is forgotten: a file of the same name is the user's own.
    put(directory.path(), "heatmaps/cross_grid.png", "mine");
    refusal(directory.path(), Replace::AnyRun);
}

#[test]
fn folders_that_a_killed_process_left_empty_are_nothing() {
    for replace in ALL {
        let directory = temporary();
        for name in ["heatmaps", "records"] {
            std::fs::create_dir(directory.path().join(name)).expect("a directory");
        }
        put(directory.path(), ".headlight-aB3xYz", "half a configuration");
        create(directory.path(), replace).expect("nothing is lost");
        assert_eq!(contents(directory.path()).len(), 3);
    }
    // A folder with something in it is something, and so is one of another name.
    for name in ["heatmaps/cross_grid.png", "records/.headlight-aB3xYz", "pictures/.headlight-aB3xYz"] {
        let directory = temporary();
        put(directory.path(), name, "mine");
        for replace in ALL {
            refusal(directory.path(), replace);
        }
    }
}

#[test]
fn runs_of_other_layouts_stay() {
    let config = with(RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder), |config| config.tour = true);
    let layout = |version| {
        serde_json::to_string(&with(config.clone(), |config| config.version = version)).expect("a configuration")
    };
    // Of the first layout this Headlight can read little more than that it was one. It kept no list of its files.
    let older = r#"{"version": 1, "tour": true, "task": {"name": "copy"}, "n_layers": 2}"#.to_string();
    let newer = r#"{"version": 4294967299, "tour": true}"#.to_string();
    for (other, words) in [(older, "older"), (layout(2), "older"), (layout(4), "newer"), (newer, "newer")] {
        let directory = temporary();
        put_run(directory.path(), true);
        put(directory.path(), "config.json", &other);
        for replace in [Replace::AnyRun, Replace::Tour] {
            let said = refusal(directory.path(), replace).to_string();
            assert!(said.contains(&format!("{words} Headlight")), "{said}");
        }
    }
}

#[test]
fn a_stranger_in_a_run_keeps_all_of_it() {
    let strangers = [
        "notes.txt",
        ".hidden",
        "model.safetensors.bak",
        "report.html.bak",
        "graph.svg",
        "heatmaps/notes.txt",
        // Pictures as Headlight names them, which it did not write.
        "heatmaps/decoder_self_L9_H9.png",
        "films/decoder_self.gif",
        "heatmaps/deep",
        "records/notes.txt",
        "records/step_000008.safetensors",
        "pictures/mine.png",
        "pictures/deep",
    ];
    for stranger in strangers {
        // A file of that name, and a directory of that name with what might be a file of a run.
        for inside in ["", "/decoder_self_grid.png", "/config.json"] {
            let directory = temporary();
            put_run(directory.path(), true);
            put(directory.path(), &format!("{stranger}{inside}"), "mine");
            refusal(directory.path(), Replace::Nothing);
            for replace in [Replace::AnyRun, Replace::Tour] {
                let error = refusal(directory.path(), replace).to_string();
                assert!(error.contains(&format!("it contains {stranger}")), "{error}");
            }
        }
    }
    // A directory with the name of a file is not that file.
    let directory = temporary();
    put_run(directory.path(), true);
    put(directory.path(), "records/step_000007.safetensors/config.json", "mine");
    refusal(directory.path(), Replace::AnyRun);
}

#[test]
fn another_program_s_files_are_no_run() {
    // A model from elsewhere has files of the same names.
    let elsewhere = r#"{"architectures": ["BertModel"], "hidden_size": 768, "version": 1}"#;
    for config in [elsewhere, "", "{}", "[]", "not JSON", r#"{"tour": "de France"}"#] {
        let directory = temporary();
        put(directory.path(), "config.json", config);
        put(directory.path(), "model.safetensors", "months of work");
        for replace in ALL {
            refusal(directory.path(), replace);
        }
    }
    let directory = temporary();
    put(directory.path(), "model.safetensors", "months of work");
    for replace in ALL {
        refusal(directory.path(), replace);
    }
}

#[test]
fn the_tour_replaces_only_its_own() {
    let directory = temporary();
    put_run(directory.path(), false);
    let error = refusal(directory.path(), Replace::Tour);
    assert!(error.to_string().contains("the tour did not make"), "{error}");

    put_run(directory.path(), true);
    create(directory.path(), Replace::Tour).expect("the tour's own");
    assert_eq!(contents(directory.path()).len(), 3);
}

#[test]
fn a_file_is_no_directory() {
    let directory = temporary();
    put(directory.path(), "file", "mine");
    for replace in ALL {
        let error = create(&directory.path().join("file"), replace).expect_err("a file");
        assert!(matches!(error, RunError::NotADirectory { .. }) && !error.is_failure(), "{error}");
    }
    assert_eq!(contents(directory.path()).into_values().collect::<Vec<_>>(), [b"mine"]);
}

#[test]
fn what_the_system_refuses_is_a_failure() {
    let directory = temporary();
    put(directory.path(), "file", "mine");
    for impossible in ["x".repeat(300), "file/below".to_string()] {
        let error = create(&directory.path().join(impossible), Replace::Nothing).expect_err("no such directory can be");
        assert!(error.is_failure(), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn what_lies_behind_a_link_is_not_touched() {
    use std::os::unix::fs::symlink;

    // A linked directory is no part of a run, whatever is in it.
    let (directory, outside) = (temporary(), temporary());
    put(outside.path(), "decoder_self_grid.png", "mine");
    put_run(directory.path(), false);
    std::fs::remove_dir_all(directory.path().join("heatmaps")).expect("it is there");
    symlink(outside.path(), directory.path().join("heatmaps")).expect("a link");
    refusal(directory.path(), Replace::AnyRun);
    assert_eq!(contents(outside.path()).len(), 1);

    // Nor is a linked file, whatever its name.
    for name in ["heatmaps/cross_grid.png", "records/step_000000.safetensors", ".headlight-link"] {
        let directory = temporary();
        put_run(directory.path(), false);
        let _ = std::fs::remove_file(directory.path().join(name)); // in the place of one of the run's own
        symlink(outside.path().join("decoder_self_grid.png"), directory.path().join(name)).expect("a link");
        refusal(directory.path(), Replace::AnyRun);
    }
    assert_eq!(contents(outside.path()).into_values().collect::<Vec<_>>(), [b"mine"]);

    // A link that leads in a circle ends no less.
    let directory = temporary();
    put_run(directory.path(), false);
    symlink(directory.path(), directory.path().join("records/circle")).expect("a link");
    refusal(directory.path(), Replace::AnyRun);
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn create(path: &Path, replace: Replace) -> Result<(), RunError> {
    RunDirectory::create(path, &RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder), replace).map(|_| ())
}

/// The error, having checked that nothing changed and that it is the request that was wrong.
fn refusal(path: &Path, replace: Replace) -> RunError {
    let before = contents(path);
    let error = create(path, replace).err().unwrap_or_else(|| panic!("{replace:?} took the place of {before:?}"));
    assert_eq!(contents(path), before, "{replace:?}");
    assert!(!error.is_failure(), "{error}");
    error
}

fn put(directory: &Path, name: &str, contents: &str) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().expect("it is in the directory")).expect("directories");
    std::fs::write(path, contents).expect("a file");
}

/// A run as far as replacing it is concerned, with what a killed process leaves behind.
fn put_run(directory: &Path, tour: bool) {
    let config = with(RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder), |config| config.tour = tour);
    let config = serde_json::to_string(&config).expect("a configuration");
    let written = [
        "metrics.jsonl",
        "result.json",
        "model.safetensors",
        "checkpoint.safetensors",
        "attention.safetensors",
        "report.html",
        "heatmaps/decoder_self_L0_H0.png",
        "heatmaps/cross_grid.png",
        "heatmaps/a picture of any name.svg",
        "films/cross.gif",
        "pictures/other/of_a_kind_to_come.webp",
        "records/step_000000.safetensors",
        "records/step_1000000.safetensors",
    ];
    put(directory, "files.jsonl", "");
    put(directory, "config.json", &config);
    let files = written.map(|name| (directory.join(name), b"old".to_vec()));
    write_into_run(&[(directory.join("config.json"), config.into_bytes())]).expect("room");
    write_into_run(&files).expect("room");
    for name in [".headlight-aB3xYz", "heatmaps/.headlight-aB3xYz", "records/.headlight-aB3xYz"] {
        put(directory, name, "half");
    }
}

/// Every file below, with its bytes; links are not followed.
fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_symlink() {
            all.insert(path, Vec::new());
        } else if path.is_dir() {
            all.extend(contents(&path));
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            all.insert(path, bytes);
        }
    }
    all
}
