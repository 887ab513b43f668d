//! The same command gives the same files, byte for byte.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const SMALL: &str = "train copy --length 4 --symbols 6 --d-model 16 --heads 2 --layers 2 --d-ff 32 --max-steps 40 \
                     --threads 2 --dropout 0.1 --record-every 20 --quiet";

#[test]
fn the_same_training_gives_the_same_files() {
    for architecture in ["decoder", "encoder-decoder"] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        // Both at the same time, so that what they get of the processor differs.
        let trainings = ["one", "two"].map(|out| train(directory.path(), architecture, out, "5"));
        for mut training in trainings {
            assert!(training.wait().expect("it ends").success());
        }
        let (one, two) = (files(&directory.path().join("one")), files(&directory.path().join("two")));
        assert!(one.contains_key("model.safetensors") && one.contains_key("attention.safetensors"));
        assert!(one.keys().filter(|name| name.ends_with(".png")).count() >= 5, "{:?}", one.keys());
        assert!(one.keys().filter(|name| name.starts_with("records/")).count() >= 2, "{:?}", one.keys());
        assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
        for (name, bytes) in &one {
            assert!(two[name] == *bytes, "{architecture}: {name} differs");
        }

        let mut other = train(directory.path(), architecture, "other", "6");
        assert!(other.wait().expect("it ends").success());
        let other = files(&directory.path().join("other"));
        for name in one.keys() {
            assert!(other[name] != one[name], "{architecture}: {name} does not depend on the seed");
        }
    }
}

fn train(directory: &Path, architecture: &str, out: &str, seed: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_headlight"))
        .current_dir(directory)
        .args(SMALL.split_whitespace())
        .args(["--architecture", architecture, "--out", out, "--seed", seed])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// The bytes of every file that holds no clock's time, and that is not the same for every seed.
fn files(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for directory in ["", "heatmaps/", "records/"] {
        for entry in std::fs::read_dir(run.join(directory)).expect("a directory") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            if name.ends_with(".safetensors") || name.ends_with(".png") {
                let name = format!("{directory}{name}");
                let bytes = std::fs::read(run.join(&name)).expect("a file");
                all.insert(name, bytes);
            }
        }
    }
    all
}
