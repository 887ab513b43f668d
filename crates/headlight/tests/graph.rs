//! `summary`, `export` and `graph`: what they write, what docs/ shows of them, and what they refuse.

mod program;

use std::path::Path;

use program::{Messages, printed, temporary};

/// A run of the tour's model, trained for one step.
fn with_a_run(options: &str) -> tempfile::TempDir {
    let directory = temporary();
    printed(directory.path(), &format!("train copy --out run --quiet --max-steps 1 --threads 1 {options}"));
    directory
}

#[test]
fn docs_show_the_tours_summary_and_graph() {
    let directory = with_a_run("");
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let summary = printed(directory.path(), "summary run");
    assert_eq!(summary, printed(directory.path(), "summary --config run/config.json"));
    for page in ["summary-onnx-graph.md", "zh/summary-onnx-graph.md"] {
        let page = std::fs::read_to_string(docs.join(page)).expect("the page");
        assert!(page.contains(summary.trim_end()), "docs/ shows another summary than this:\n{summary}");
    }
    printed(directory.path(), "graph run --out graph.svg");
    let drawn = std::fs::read_to_string(directory.path().join("graph.svg")).expect("the picture");
    let shown = std::fs::read_to_string(docs.join("tour-graph.svg")).expect("the picture in docs");
    assert!(drawn == shown, "docs/tour-graph.svg is another picture: make it with 'headlight graph runs/copy'");
}

#[test]
fn a_summary_for_programs_has_the_same_numbers() {
    let directory = with_a_run("");
    let text = printed(directory.path(), "summary run --batch-size 3 --length 17 --json");
    let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&summary["batch_size"], &summary["length"]), (&3.into(), &17.into()));
    assert_eq!(summary["total"]["parameters"], 102_418);
    assert_eq!(summary["total"]["multiply_adds"], 5_294_208); // as in headlight-graph/tests/reference_figures.json
    let on_disk = std::fs::metadata(directory.path().join("run/model.safetensors")).expect("the weights").len();
    // A run's file carries a checksum besides.
    let disk_bytes = summary["total"]["disk_bytes"].as_u64().expect("a number");
    assert!((disk_bytes..disk_bytes + 32).contains(&on_disk), "{on_disk} bytes are there, not {disk_bytes}");
}

#[test]
fn exports_are_written_and_named() {
    let directory = with_a_run("--architecture encoder-decoder");
    let path = directory.path();
    assert_eq!(printed(path, "export run --onnx m.onnx"), "m.onnx\n");
    assert_eq!(printed(path, "export run --onnx m.onnx --split"), "m.encoder.onnx\nm.decoder.onnx\n");
    assert_eq!(printed(path, "export run --safetensors w --pytorch-names"), "w\n");
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
    let directory = with_a_run("");
    let path = directory.path();
    let mut messages = Messages::of(path);
    for command in [
        "export run --onnx m.onnx --opset 16",
        "export run --onnx m.onnx --opset x",
        "export run --onnx m.onnx --split",
        "export run",
        "export run --safetensors w",
        "export run --safetensors w --pytorch-names --split",
        "export nowhere --onnx m.onnx",
        "graph run",
        "summary",
        "summary run --length 0",
        "summary run --batch-size 18446744073709551615",
        "summary --config run/metrics.jsonl",
    ] {
        messages.refused(command);
    }
    // The system says why.
    for (command, file) in [
        ("export run --onnx missing/m.onnx", "missing/m.onnx"),
        ("graph run --out missing/g.svg", "missing/g.svg"),
        ("summary --config nowhere.json", "nowhere.json"),
    ] {
        assert!(Messages::of(path).failed(command).contains(file), "{command}");
    }
    let weights = path.join("run/model.safetensors");
    let whole = std::fs::read(&weights).expect("the weights");
    std::fs::write(&weights, &whole[..whole.len() / 2]).expect("a truncated file");
    for command in [
        "export run --onnx m.onnx",
        "export run --safetensors w --pytorch-names",
        "graph run --out g.svg",
        "summary run",
    ] {
        assert!(Messages::of(path).refused(command).contains("model.safetensors"));
    }
    insta::assert_snapshot!("refused", messages.as_ref());
}

#[test]
fn nothing_takes_the_place_of_a_runs_own_files() {
    let directory = with_a_run("");
    let path = directory.path();
    let read = |name: &str| std::fs::read(path.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let own = ["run/model.safetensors", "run/config.json", "run/metrics.jsonl", "run/attention.safetensors"];
    let before = own.map(read);
    std::fs::copy(path.join("run/config.json"), path.join("mine.json")).expect("a copy");
    let mut messages = Messages::of(path);
    for command in [
        "export run --safetensors run/model.safetensors --pytorch-names",
        "export run --safetensors run/../run/model.safetensors --pytorch-names",
        "export run --onnx run/checkpoint.safetensors",
        "export run --onnx run/attention.safetensors",
        "graph run --out run/config.json",
        "graph run --out run/heatmaps/decoder_self_grid.png",
        "graph --config mine.json --out run/metrics.jsonl",
        "graph --config mine.json --out mine.json",
    ] {
        messages.refused(command);
    }
    assert!(own.map(read) == before, "a file of the run is another now");
    assert_eq!(printed(path, "export run --onnx run/model.onnx"), "run/model.onnx\n");
    insta::assert_snapshot!("own_files", messages.as_ref());
}

#[test]
fn of_two_halves_both_are_written_or_neither() {
    let directory = with_a_run("--architecture encoder-decoder");
    let path = directory.path();
    std::fs::write(path.join("m.encoder.onnx"), "the old one").expect("a file");
    std::fs::create_dir(path.join("m.decoder.onnx")).expect("a directory");
    let line = Messages::of(path).failed("export run --onnx m.onnx --split");
    assert!(line.contains("m.decoder.onnx"), "{line}");
    assert_eq!(std::fs::read(path.join("m.encoder.onnx")).expect("it is there"), b"the old one");
}

#[test]
fn an_export_does_not_say_where_the_users_pairs_lie() {
    let directory = temporary();
    let path = directory.path();
    let pairs: String = (0..400).map(|number| format!("{number:03}\tn {}\n", number % 7)).collect();
    std::fs::create_dir(path.join("my-secret-folder")).expect("a directory");
    std::fs::write(path.join("my-secret-folder/pairs.tsv"), pairs).expect("a file");
    printed(path, "train file my-secret-folder/pairs.tsv --out run --quiet --max-steps 1");
    printed(path, "export run --onnx m.onnx");
    printed(path, "export run --safetensors w --pytorch-names");
    let has = |name: &str, text: &str| {
        let bytes = std::fs::read(path.join(name)).expect(name);
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    assert!(has("run/config.json", "my-secret-folder"), "the run itself remembers where its pairs are");
    assert!(!has("m.onnx", "my-secret-folder") && !has("w", "my-secret-folder"));
    assert!(has("m.onnx", "\"d_model\":") && has("m.onnx", "headlight_version"));
}
