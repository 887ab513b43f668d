//! `headlight report`: which page it writes where, and of what.

mod program;

use std::path::Path;

use program::{Messages, printed, printed_alone, temporary};
use serde_json::Value;

#[test]
fn a_run_gives_a_page_with_every_recorded_step() {
    let directory = temporary();
    let directory = directory.path();
    train(directory);

    // By itself it lies with the run, holds every step, the last with what its weights came from, and is the same every time.
    let said = report(directory, "run");
    assert_eq!(said, "run/report.html\n");
    let page = std::fs::read(directory.join("run/report.html")).expect("a page");
    let manifest = manifest(directory, "run/report.html");
    assert_eq!(steps(&manifest), [0, 2, 4, 6, 7]);
    assert_eq!(manifest["metrics"]["step"].as_array().expect("lines").len(), 7);
    assert_eq!([&manifest["title"], &manifest["task"], &manifest["model"]], ["run", "copy", "encoder-decoder"]);
    let kinds = |moment: usize| manifest["moments"][moment]["records"].as_array().expect("records").len();
    assert_eq!([kinds(0), kinds(4)], [3, 3]);
    let with = |moment: usize| !manifest["moments"][moment]["records"][0]["projections"].is_null();
    assert_eq!([with(0), with(3), with(4)], [false, false, true]);
    report(directory, "run --out elsewhere.html");
    assert!(page == std::fs::read(directory.join("elsewhere.html")).expect("a page"));

    // Fewer steps are spread evenly, and that some are missing is said.
    let mut messages = Messages::of(directory);
    messages.noted("report run --steps 3 -o few.html");
    insta::assert_snapshot!("few_steps", messages.as_ref());
    assert_eq!(steps(&self::manifest(directory, "few.html")), [0, 4, 7]);

    // Another question has one moment, and the run's curves.
    printed_alone(directory, "report run --input \"0 1 2\" -o asked.html");
    let asked = self::manifest(directory, "asked.html");
    assert_eq!((steps(&asked), asked["metrics"]["step"].as_array().map(Vec::len)), (vec![7], Some(7)));
    assert_eq!(asked["examples"][0]["queryTokens"], serde_json::json!(["0", "1", "2"]));
}

#[test]
fn a_file_of_weights_gives_a_page_too() {
    let directory = temporary();
    let directory = directory.path();
    std::fs::write(directory.join("weights.json"), "[[[1, 0], [0.5, 0.5]], [[0.25, 0.75], [0.5, 0.5]]]")
        .expect("a file");
    assert_eq!(printed(directory, "report weights.json --tokens \"the </script>\""), "report.html\n");
    let manifest = manifest(directory, "report.html");
    assert_eq!(manifest["examples"][0]["keyTokens"], serde_json::json!(["the", "</script>"]));
    assert_eq!(manifest["moments"][0]["step"], Value::Null);

    train(directory);
    report(directory, "run/attention.safetensors -o record.html");
    assert_eq!(steps(&self::manifest(directory, "record.html")), [7]);
}

#[test]
fn the_lenses_are_asked_when_it_is_wanted() {
    let directory = temporary();
    let directory = directory.path();
    let train = |options: &str| {
        let tiny = "--length 3 --symbols 6 --d-model 16 --heads 2 --layers 1 --d-ff 32 --threads 1 --quiet --force";
        printed(directory, &format!("train copy --out run --max-steps 7 {tiny} {options}"));
    };
    let lenses = || -> Vec<String> {
        let manifest = manifest(directory, "run/report.html");
        let findings = manifest["findings"].as_array().cloned().unwrap_or_default();
        findings.iter().filter_map(|found| Some(found["lens"].as_str()?.to_string())).collect()
    };
    train("");
    report(directory, "run");
    assert!(lenses().is_empty());
    printed(directory, "report run --lens");
    assert_eq!(lenses(), ["heads", "ablate"]);
    let page = std::fs::read(directory.join("run/report.html")).expect("a page");
    printed(directory, "report run --lens");
    assert!(page == std::fs::read(directory.join("run/report.html")).expect("a page"));
    train("--keep-parameters-every 3");
    printed(directory, "report run --lens");
    assert_eq!(lenses(), ["heads", "ablate", "training"]);
    let training = &manifest(directory, "run/report.html")["findings"][2];
    let head = serde_json::json!({"kind": "decoder_self", "layer": 0, "head": 0});
    assert_eq!(training["curves"][0]["curves"][0]["head"], head);
    let points = training["curves"][0]["curves"][0]["points"].as_array().expect("a list");
    assert_eq!(points.iter().filter_map(|point| point[0].as_f64()).collect::<Vec<_>>(), [0.0, 3.0, 6.0, 7.0]);

    // The Chinese page knows what all of them call a score, and what they note.
    let chinese = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../viewer/src/words/zh.ts");
    let chinese = std::fs::read_to_string(chinese).expect("a dictionary");
    let knows =
        |text: &str| [format!("    \"{text}\":"), format!("    {text}:")].iter().any(|key| chinese.contains(key));
    for found in manifest(directory, "run/report.html")["findings"].as_array().expect("a list") {
        for score in found["scores"].as_array().unwrap_or(&Vec::new()) {
            let title = score["title"].as_str().expect("a title").trim_end_matches(" on repeated tokens");
            assert!(knows(title), "{title}");
        }
        for note in found["notes"].as_array().expect("notes") {
            let note = note.as_str().expect("a line");
            let is_without_number = note.contains("none, all are equal");
            assert!(knows(note) || knows(&without_numbers(note)) || is_without_number, "{note}");
        }
    }
}

/// `{0}`, `{1}`, … where numbers stand.
fn without_numbers(text: &str) -> String {
    let (mut said, mut rest) = (String::new(), text);
    for at in 0.. {
        let Some(start) = rest.find(|character: char| character.is_ascii_digit()) else { break };
        let (before, number) = rest.split_at(start);
        let end = number.find(|character: char| !character.is_ascii_digit() && character != '.');
        said += &format!("{}{{{at}}}", before.trim_end_matches('-'));
        rest = &number[end.unwrap_or(number.len())..];
    }
    said + rest
}

#[test]
fn wrong_requests_are_refused_in_a_line() {
    let directory = temporary();
    let directory = directory.path();
    train(directory);
    let mut messages = Messages::of(directory);
    for command in ["report nowhere", "report run --tokens x", "report run --steps 1", "report run --input 9_9"] {
        messages.refused(command);
    }
    let whole = directory.join("run/report.html");
    for name in ["run/report.html", "./run/report.html", "run/../run/report.html", &whole.to_string_lossy()] {
        report(directory, &format!("run -o {name}"));
    }
    std::fs::write(directory.join("weights.json"), r#"{"tokens": ["a"], "weights": [[1]]}"#).expect("a file");
    for command in [
        "report run -o run/config.json",
        "report run/attention.safetensors -o run/attention.safetensors",
        "report weights.json --kind cross -o weights.json",
        "report run/attention.safetensors --lens",
    ] {
        messages.refused(command);
    }
    insta::assert_snapshot!("refused", messages.as_ref());
    let line = messages.failed("report run -o nowhere/report.html");
    assert!(line.contains("nowhere/report.html"), "{line}");

    // A damaged record is named, and the page of the run is left as it was.
    report(directory, "run");
    let record = directory.join("run/records/step_000004.safetensors");
    let mut bytes = std::fs::read(&record).expect("a record");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&record, bytes).expect("a file");
    assert!(messages.refused("report run").contains("step_000004.safetensors"));
}

fn train(directory: &Path) {
    let options = "train copy --out run --length 3 --symbols 6 --d-model 16 --heads 2 --layers 2 --d-ff 32 --threads 1 \
                   --quiet --max-steps 7 --record-every 2 --architecture encoder-decoder";
    printed(directory, options);
}

/// What the program says of a page that it writes.
fn report(directory: &Path, arguments: &str) -> String {
    printed_alone(directory, &format!("report {arguments}"))
}

fn manifest(directory: &Path, page: &str) -> Value {
    let page = std::fs::read_to_string(directory.join(page)).expect("a page");
    let (_, rest) = page.split_once(" id=\"manifest\">").expect("a manifest");
    serde_json::from_str(rest.split_once("</script>").expect("its end").0).expect("JSON")
}

fn steps(manifest: &Value) -> Vec<u64> {
    let moments = manifest["moments"].as_array().expect("moments");
    moments.iter().map(|moment| moment["step"].as_u64().expect("a step")).collect()
}
