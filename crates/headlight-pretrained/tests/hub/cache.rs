//! Caches as Hugging Face's libraries make them.

use std::fs;
use std::path::{Path, PathBuf};

use headlight_pretrained::hub::{HubError, MAIN, cached, find};
use tempfile::TempDir;

const COMMIT: &str = "607a30d783dfa663caf39e06633721c8d4cfcd7e";
const OTHER: &str = "e7da7f221d5bf496a48136c0cd264e630fe9fcc8";

/// A cache, with the files of models: folder, commit, file, contents.
fn cache(files: &[(&str, &str, &str, &str)]) -> TempDir {
    let root = tempfile::tempdir().expect("a place for it");
    for (nth, (folder, commit, name, contents)) in files.iter().enumerate() {
        let folder = root.path().join(folder);
        let blob = folder.join("blobs").join(format!("blob{nth}"));
        let file = folder.join("snapshots").join(commit).join(name);
        for path in [&blob, &file] {
            fs::create_dir_all(path.parent().expect("a directory")).expect("it is made");
        }
        fs::write(&blob, contents).expect("it is written");
        let up = if name.contains('/') { "../../.." } else { "../.." };
        link(&Path::new(up).join("blobs").join(format!("blob{nth}")), &file);
    }
    root
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) {
    std::os::unix::fs::symlink(to, from).expect("a link");
}

/// Where links need a right of their own, Hugging Face's libraries put the file itself.
#[cfg(not(unix))]
fn link(to: &Path, from: &Path) {
    fs::copy(from.parent().expect("a directory").join(to), from).expect("a copy");
}

fn refer(root: &TempDir, folder: &str, revision: &str, commit: &str) {
    let reference = root.path().join(folder).join("refs").join(revision);
    fs::create_dir_all(reference.parent().expect("a directory")).expect("it is made");
    fs::write(reference, commit).expect("it is written");
}

fn snapshot(root: &TempDir, folder: &str, commit: &str) -> PathBuf {
    root.path().join(folder).join("snapshots").join(commit)
}

const MINILM: &str = "models--sentence-transformers--all-MiniLM-L6-v2";

/// Two models, and what is no model.
fn two_models() -> TempDir {
    let root = cache(&[
        ("models--gpt2", COMMIT, "config.json", r#"{"model_type": "gpt2"}"#),
        ("models--gpt2", COMMIT, "model.safetensors", "12345"),
        ("models--gpt2", OTHER, "config.json", r#"{"model_type": "older"}"#),
        (MINILM, OTHER, "config.json", r#"{"model_type": "bert"}"#),
        (MINILM, OTHER, "1_Pooling/config.json", "{}"),
        ("datasets--squad", COMMIT, "config.json", "{}"),
    ]);
    refer(&root, "models--gpt2", MAIN, COMMIT);
    refer(&root, "models--gpt2", "pr/1", OTHER);
    refer(&root, MINILM, MAIN, &format!("{OTHER}\n"));
    fs::write(root.path().join("version.txt"), "1").expect("it is written");
    root
}

#[test]
fn a_name_is_what_its_reference_says() {
    let root = two_models();
    let found = |name: &str, revision: &str| find(name, revision, root.path()).expect(name);
    assert_eq!(found("gpt2", MAIN), snapshot(&root, "models--gpt2", COMMIT));
    assert_eq!(found("gpt2", "pr/1"), snapshot(&root, "models--gpt2", OTHER));
    assert_eq!(found("gpt2", OTHER), snapshot(&root, "models--gpt2", OTHER));
    assert_eq!(found("sentence-transformers/all-MiniLM-L6-v2", MAIN), snapshot(&root, MINILM, OTHER));
}

#[test]
fn a_directory_is_itself_whatever_the_cache_has() {
    let root = two_models();
    let path = root.path().join("models--gpt2");
    let path = path.to_str().expect("a path in UTF-8");
    assert_eq!(find(path, MAIN, root.path()).expect("it is there"), Path::new(path));
}

#[test]
fn the_models_are_listed() {
    let root = two_models();
    let models = cached(root.path()).expect("they are listed");
    let listed: Vec<_> =
        models.iter().map(|model| (&model.name[..], model.model_type.as_deref(), model.bytes)).collect();
    let name = "sentence-transformers/all-MiniLM-L6-v2";
    assert_eq!(listed, [("gpt2", Some("gpt2"), 22 + 5), (name, Some("bert"), 22 + 2)]);
    for model in models {
        assert_eq!(find(&model.name, MAIN, root.path()).expect("it is found"), model.directory);
    }
    assert_eq!(cached(&root.path().join("nothing")).expect("there is none"), []);
}

#[test]
fn what_is_not_there_is_refused() {
    let root = two_models();
    let refused = |name: &str, revision: &str| find(name, revision, root.path()).expect_err(name);
    assert!(matches!(refused("gpt3", MAIN), HubError::NotCached { .. }));
    assert!(matches!(refused("openai/gpt2", MAIN), HubError::NotCached { .. }));
    assert!(matches!(refused("squad", MAIN), HubError::NotCached { .. }));
    for revision in ["v1", "../main", "", "main/", "/etc"] {
        assert!(matches!(refused("gpt2", revision), HubError::NoRevision { .. }), "{revision}");
    }
    for name in ["", "a/b/c", "a//b", "../gpt2", "gpt2/..", ".gpt2", "a--b", "a b", "gpt2\n", "/nothing/here", "ü"] {
        assert!(matches!(refused(name, MAIN), HubError::NoName(_)), "{name}");
    }
}

/// A copy of a cache without `refs`; and a download that stopped, with files that are not there or end before their end.
#[test]
fn caches_that_are_not_whole_give_what_they_have() {
    let root = cache(&[
        ("models--one", COMMIT, "config.json", "{}"),
        ("models--two", COMMIT, "config.json", "{}"),
        ("models--two", OTHER, "config.json", "{}"),
        ("models--started", COMMIT, "tokenizer.json", "{}"),
        ("models--damaged", COMMIT, "config.json", "{"),
    ]);
    refer(&root, "models--started", MAIN, COMMIT);
    refer(&root, "models--damaged", MAIN, COMMIT);
    fs::create_dir_all(root.path().join("models--empty/blobs")).expect("it is made");
    fs::write(root.path().join("models--empty/blobs/blob.incomplete"), "123").expect("it is written");
    refer(&root, "models--dangling", MAIN, COMMIT);
    refer(&root, "models--outside", MAIN, "../../models--one/snapshots");

    assert!(find("one", MAIN, root.path()).is_ok());
    for name in ["two", "empty", "dangling", "outside"] {
        let error = find(name, MAIN, root.path()).expect_err(name);
        assert!(matches!(error, HubError::NoRevision { .. }), "{name}: {error}");
    }
    let error = find("started", MAIN, root.path()).expect_err("there is no configuration");
    assert!(matches!(error, HubError::Incomplete { .. }), "{error}");

    let models = cached(root.path()).expect("they are listed");
    let listed: Vec<_> = models.iter().map(|model| (&model.name[..], model.model_type.as_deref())).collect();
    assert_eq!(listed, [("damaged", None), ("one", None), ("started", None)]);
}
