//! Downloads from a server of this machine's own, which answers as Hugging Face's does.

use std::fs;
use std::path::PathBuf;

use headlight_pretrained::hub::{Download, DownloadError, DownloadProgress, MAIN, cached, find};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::server::{Mishap, Server};

const NAME: &str = "made/tiny-model";

/// Parameters that are longer than what is sent at once.
fn parameters() -> Vec<u8> {
    (0..300_000_u32).map(|nth| (nth.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// Of these files a download takes the configuration, the tokenizer's and the parameters.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let others = ["README.md", "pytorch_model.bin", "onnx/model.onnx", "model.fp16.safetensors", "../config.json"];
    let mut files: Vec<_> = others.map(|name| (name, b"not to be read".to_vec())).into();
    files.extend([
        ("config.json", br#"{"model_type": "gpt2"}"#.to_vec()),
        ("merges.txt", b"#version: 0.2\n".to_vec()),
        ("model.safetensors", parameters()),
        ("vocab.json", b"{}".to_vec()),
    ]);
    files
}

fn run(server: &Server, root: &TempDir, progress: &DownloadProgress) -> Result<PathBuf, DownloadError> {
    let endpoint = format!("{}/", server.endpoint);
    Download { name: NAME, revision: MAIN, root: root.path(), endpoint: &endpoint, token: None }.run(progress)
}

fn place() -> TempDir {
    tempfile::tempdir().expect("a place for it")
}

#[test]
fn a_model_is_downloaded_once() {
    let server = Server::start(NAME, files());
    let (root, progress) = (place(), DownloadProgress::default());
    let directory = run(&server, &root, &progress).expect("it is downloaded");
    let mut there: Vec<_> =
        fs::read_dir(&directory).expect("it is there").map(|entry| entry.expect("a file").file_name()).collect();
    there.sort();
    assert_eq!(there, ["config.json", "merges.txt", "model.safetensors", "vocab.json"]);
    assert_eq!(fs::read(directory.join("model.safetensors")).expect("it is there"), parameters());
    let step = progress.now();
    assert_eq!((&step.file[..], step.nth, step.n_files), ("model.safetensors", 3, 4));
    assert_eq!((step.bytes, step.bytes_of_file), (300_000, 300_000));

    assert_eq!(find(NAME, MAIN, root.path()).expect("it is found"), directory);
    assert_eq!(cached(root.path()).expect("it is listed")[0].model_type.as_deref(), Some("gpt2"));
    // As Hugging Face's libraries have it: a link to a file that is named after its checksum.
    let blob = fs::canonicalize(directory.join("model.safetensors")).expect("it is there");
    let sum = format!("{:x}", Sha256::digest(parameters()));
    assert_eq!(blob.file_name().expect("a file").to_str(), Some(&sum[..]));

    let asked = server.asked().len();
    run(&server, &root, &progress).expect("it is there");
    assert_eq!(server.asked().len(), asked + 1, "only what there is is asked again");
}

#[test]
fn a_connection_that_breaks_is_resumed() {
    let server = Server::start(NAME, files()).with(Mishap::CutOnce);
    let (root, progress) = (place(), DownloadProgress::default());
    let directory = run(&server, &root, &progress).expect("it is downloaded");
    assert_eq!(fs::read(directory.join("model.safetensors")).expect("it is there"), parameters());
    let begins = server.begins_of("model.safetensors");
    assert!(begins.len() == 2 && begins[0] == 0, "{begins:?}");
    assert!((1..300_000).contains(&begins[1]), "the rest alone: {begins:?}");
}

#[test]
fn a_download_that_failed_is_resumed_by_the_next() {
    let server = Server::start(NAME, files()).with(Mishap::CutAlways);
    let (root, progress) = (place(), DownloadProgress::default());
    let error = run(&server, &root, &progress).expect_err("nothing more comes");
    assert!(matches!(error, DownloadError::Failed { .. }) && !error.to_string().contains('\n'), "{error}");
    assert!(find(NAME, MAIN, root.path()).is_ok_and(|directory| !directory.join("model.safetensors").exists()));
    let tried = server.begins_of("model.safetensors").len();
    drop(server);

    let server = Server::start(NAME, files());
    let directory = run(&server, &root, &progress).expect("it is downloaded");
    assert_eq!(fs::read(directory.join("model.safetensors")).expect("it is there"), parameters());
    let begins = server.begins_of("model.safetensors");
    assert!(begins.len() == 1 && begins[0] >= 1, "{begins:?} after {tried}");
}

#[test]
fn a_file_that_comes_damaged_is_not_kept() {
    for mishap in [Mishap::Flip, Mishap::NoRange] {
        let server = Server::start(NAME, files()).with(mishap);
        let (root, progress) = (place(), DownloadProgress::default());
        let error = run(&server, &root, &progress).expect_err("it is damaged");
        assert!(matches!(&error, DownloadError::Damaged { file, .. } if file == "model.safetensors"), "{error}");
        drop(server);
        let server = Server::start(NAME, files());
        let directory = run(&server, &root, &progress).expect("it is downloaded");
        assert_eq!(fs::read(directory.join("model.safetensors")).expect("it is there"), parameters());
        assert_eq!(server.begins_of("model.safetensors"), [0]);
    }
}

#[test]
fn what_cannot_be_downloaded_is_refused() {
    let (root, progress) = (place(), DownloadProgress::default());
    let without = |left_out: &str| {
        let kept = files().into_iter().filter(|(name, _)| *name != left_out).collect();
        run(&Server::start(NAME, kept), &root, &progress).expect_err(left_out)
    };
    assert!(matches!(without("model.safetensors"), DownloadError::NoParameters(_)));
    assert!(matches!(without("config.json"), DownloadError::NoConfig(_)));

    let server = Server::start(NAME, files());
    let run = |name: &str, revision: &str| {
        let download = Download { name, revision, root: root.path(), endpoint: &server.endpoint, token: None };
        download.run(&progress).expect_err(name)
    };
    let error = run("made/other-model", MAIN);
    assert!(matches!(error, DownloadError::Refused { status: 404, .. }), "{error}");
    assert!(matches!(run("../model", MAIN), DownloadError::NoName(_)));
    assert!(matches!(run(NAME, "../main"), DownloadError::NoRevision(_)));
    assert_eq!(server.asked().len(), 1, "what is no name is not asked for");
    let endpoint = server.endpoint.clone();
    drop(server);
    let download = Download { name: NAME, revision: MAIN, root: root.path(), endpoint: &endpoint, token: None };
    assert!(matches!(download.run(&progress), Err(DownloadError::Failed { .. })), "nobody is there");
    assert_eq!(cached(root.path()).expect("they are listed"), []);
}
