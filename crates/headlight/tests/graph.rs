//! `summary`, `export` and `graph`: what they write, what docs/ shows of them, and what they refuse.

mod program;

use std::path::Path;

use program::{headlight, temporary};

/// A run of the tour's model, trained for one step.
fn place_with_a_run(more: &[&str]) -> tempfile::TempDir {
    let place = temporary();
    let train = ["train", "copy", "--out", "run", "--quiet", "--max-steps", "1", "--threads", "1"];
    let output = headlight(place.path(), [&train, more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    place
}

fn said(place: &Path, arguments: &[&str]) -> String {
    let output = headlight(place, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the program speaks UTF-8")
}

/// The one line of a request that comes to nothing.
fn refused(place: &Path, arguments: &[&str], code: i32) -> String {
    let names = || {
        let entries = std::fs::read_dir(place).expect("a directory");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let output = headlight(place, arguments);
    let line = String::from_utf8(output.stderr).expect("the program speaks UTF-8");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {line}");
    assert!(line.starts_with("headlight: ") && line.lines().count() == 1 && !line.contains("bug"), "{line}");
    assert_eq!(names(), before, "{arguments:?} wrote something");
    line
}

#[test]
fn docs_show_the_tours_summary_and_graph() {
    let place = place_with_a_run(&[]);
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let summary = said(place.path(), &["summary", "run"]);
    assert_eq!(summary, said(place.path(), &["summary", "--config", "run/config.json"]));
    for page in ["summary-onnx-graph.md", "zh/summary-onnx-graph.md"] {
        let page = std::fs::read_to_string(docs.join(page)).expect("the page");
        assert!(page.contains(summary.trim_end()), "docs/ shows another summary than this:\n{summary}");
    }
    said(place.path(), &["graph", "run", "--out", "graph.svg"]);
    let drawn = std::fs::read_to_string(place.path().join("graph.svg")).expect("the picture");
    let shown = std::fs::read_to_string(docs.join("tour-graph.svg")).expect("the picture in docs");
    assert!(drawn == shown, "docs/tour-graph.svg is another picture: make it with 'headlight graph runs/copy'");
}

#[test]
fn a_summary_for_programs_has_the_same_numbers() {
    let place = place_with_a_run(&[]);
    let text = said(place.path(), &["summary", "run", "--batch-size", "3", "--length", "17", "--json"]);
    let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&summary["batch_size"], &summary["length"]), (&3.into(), &17.into()));
    assert_eq!(summary["total"]["parameters"], 102_418);
    assert_eq!(summary["total"]["multiply_adds"], 5_294_208); // as in headlight-graph/tests/reference_figures.json
    let on_disk = std::fs::metadata(place.path().join("run/model.safetensors")).expect("the weights").len();
    // A run's file carries a checksum besides.
    let disk_bytes = summary["total"]["disk_bytes"].as_u64().expect("a number");
    assert!((disk_bytes..disk_bytes + 32).contains(&on_disk), "{on_disk} bytes are there, not {disk_bytes}");
}

#[test]
fn exports_are_written_and_named() {
    let place = place_with_a_run(&["--architecture", "encoder-decoder"]);
    let path = place.path();
    assert_eq!(said(path, &["export", "run", "--onnx", "m.onnx"]), "m.onnx\n");
    assert_eq!(said(path, &["export", "run", "--onnx", "m.onnx", "--split"]), "m.encoder.onnx\nm.decoder.onnx\n");
    assert_eq!(said(path, &["export", "run", "--safetensors", "w", "--pytorch-names"]), "w\n");
    let read = |name: &str| std::fs::read(path.join(name)).expect(name);
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let [plain, encoder, decoder] = ["m.onnx", "m.encoder.onnx", "m.decoder.onnx"].map(read);
    assert!(
        has(&plain, "vocabulary")
            && has(&plain, "\"BOS\"")
            && has(&plain, "decoder.blocks.1.cross.attention.query.weight")
    );
    assert!(has(&encoder, "encoder.norm.gamma") && !has(&encoder, "decoder.norm.gamma"));
    assert!(has(&decoder, "decoder.norm.gamma") && !has(&decoder, "encoder.norm.gamma"));
}

#[test]
fn what_cannot_be_exported_gets_one_line_and_no_file() {
    let place = place_with_a_run(&[]);
    let path = place.path();
    for (arguments, code, expected) in [
        (
            &["export", "run", "--onnx", "m.onnx", "--opset", "16"][..],
            2,
            "opset 16 is not known: choose one from 17 to",
        ),
        (&["export", "run", "--onnx", "m.onnx", "--opset", "x"], 2, "--opset"),
        (&["export", "run", "--onnx", "m.onnx", "--split"], 2, "--split is for a model with an encoder"),
        (&["export", "run"], 2, "--onnx"),
        (&["export", "run", "--safetensors", "w"], 2, "--pytorch-names"),
        (&["export", "run", "--safetensors", "w", "--pytorch-names", "--split"], 2, "cannot be used"),
        (&["export", "nowhere", "--onnx", "m.onnx"], 2, "nowhere holds no run"),
        (&["export", "run", "--onnx", "missing/m.onnx"], 1, "missing/m.onnx"),
        (&["graph", "run", "--out", "missing/g.svg"], 1, "missing/g.svg"),
        (&["graph", "run"], 2, "--out"),
        (&["summary"], 2, "--config"),
        (&["summary", "run", "--length", "0"], 2, "length is 0"),
        (&["summary", "run", "--batch-size", "18446744073709551615"], 2, "batch-size"),
        (&["summary", "--config", "nowhere.json"], 1, "nowhere.json"),
        (&["summary", "--config", "run/metrics.jsonl"], 2, "no configuration of a run"),
    ] {
        let line = refused(path, arguments, code);
        assert!(line.contains(expected), "{arguments:?}: {line}");
    }
    let weights = path.join("run/model.safetensors");
    let whole = std::fs::read(&weights).expect("the weights");
    std::fs::write(&weights, &whole[..whole.len() / 2]).expect("a truncated file");
    for arguments in [
        &["export", "run", "--onnx", "m.onnx"][..],
        &["export", "run", "--safetensors", "w", "--pytorch-names"],
        &["graph", "run", "--out", "g.svg"],
        &["summary", "run"],
    ] {
        let line = refused(path, arguments, 2);
        assert!(line.contains("model.safetensors") && line.contains("damaged"), "{arguments:?}: {line}");
    }
}

#[test]
fn nothing_takes_the_place_of_a_runs_own_files() {
    let place = place_with_a_run(&[]);
    let path = place.path();
    let read = |name: &str| std::fs::read(path.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let own = ["run/model.safetensors", "run/config.json", "run/metrics.jsonl", "run/attention.safetensors"];
    let before = own.map(read);
    std::fs::copy(path.join("run/config.json"), path.join("mine.json")).expect("a copy");
    for arguments in [
        &["export", "run", "--safetensors", "run/model.safetensors", "--pytorch-names"][..],
        &["export", "run", "--safetensors", "run/../run/model.safetensors", "--pytorch-names"],
        &["export", "run", "--onnx", "run/checkpoint.safetensors"],
        &["export", "run", "--onnx", "run/attention.safetensors"],
        &["graph", "run", "--out", "run/config.json"],
        &["graph", "run", "--out", "run/heatmaps/decoder_self_grid.png"],
        &["graph", "--config", "mine.json", "--out", "run/metrics.jsonl"],
        &["graph", "--config", "mine.json", "--out", "mine.json"],
    ] {
        let line = refused(path, arguments, 2);
        assert!(line.contains("choose another name"), "{arguments:?}: {line}");
    }
    assert!(own.map(read) == before, "a file of the run is another now");
    assert_eq!(said(path, &["export", "run", "--onnx", "run/model.onnx"]), "run/model.onnx\n");
}

#[test]
fn of_two_halves_both_are_written_or_neither() {
    let place = place_with_a_run(&["--architecture", "encoder-decoder"]);
    let path = place.path();
    std::fs::write(path.join("m.encoder.onnx"), "the old one").expect("a file");
    std::fs::create_dir(path.join("m.decoder.onnx")).expect("a directory");
    let line = refused(path, &["export", "run", "--onnx", "m.onnx", "--split"], 1);
    assert!(line.contains("m.decoder.onnx"), "{line}");
    assert_eq!(std::fs::read(path.join("m.encoder.onnx")).expect("it is there"), b"the old one");
}

#[test]
fn an_export_does_not_say_where_the_users_pairs_lie() {
    let place = temporary();
    let path = place.path();
    let pairs: String = (0..400).map(|number| format!("{number:03}\tn {}\n", number % 7)).collect();
    std::fs::create_dir(path.join("my-secret-folder")).expect("a directory");
    std::fs::write(path.join("my-secret-folder/pairs.tsv"), pairs).expect("a file");
    let train = ["train", "file", "my-secret-folder/pairs.tsv", "--out", "run", "--quiet", "--max-steps", "1"];
    said(path, &train);
    said(path, &["export", "run", "--onnx", "m.onnx"]);
    said(path, &["export", "run", "--safetensors", "w", "--pytorch-names"]);
    let has = |name: &str, text: &str| {
        let bytes = std::fs::read(path.join(name)).expect(name);
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    assert!(has("run/config.json", "my-secret-folder"), "the run itself remembers where its pairs are");
    assert!(!has("m.onnx", "my-secret-folder") && !has("w", "my-secret-folder"));
    assert!(has("m.onnx", "\"d_model\":") && has("m.onnx", "headlight_version"));
}
