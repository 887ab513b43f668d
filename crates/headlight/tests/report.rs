//! `headlight report`: which page it writes where, and of what.

mod program;
mod refusal;

use std::path::Path;

use program::{headlight, temporary};
use refusal::{failed, refused};
use serde_json::Value;

#[test]
fn a_run_gives_a_page_with_every_recorded_step() {
    let place = temporary();
    let place = place.path();
    train(place);

    // By itself it lies with the run, holds every step, the last with what its weights came from, and is the same every time.
    let said = report(place, "run");
    assert_eq!(said, "run/report.html\n");
    let page = std::fs::read(place.join("run/report.html")).expect("a page");
    let manifest = manifest(place, "run/report.html");
    assert_eq!(steps(&manifest), [0, 2, 4, 6, 7]);
    assert_eq!(manifest["metrics"]["step"].as_array().expect("lines").len(), 7);
    assert_eq!([&manifest["title"], &manifest["task"], &manifest["model"]], ["run", "copy", "encoder-decoder"]);
    let kinds = |moment: usize| manifest["moments"][moment]["records"].as_array().expect("records").len();
    assert_eq!([kinds(0), kinds(4)], [3, 3]);
    let with = |moment: usize| !manifest["moments"][moment]["records"][0]["projections"].is_null();
    assert_eq!([with(0), with(3), with(4)], [false, false, true]);
    report(place, "run --out elsewhere.html");
    assert!(page == std::fs::read(place.join("elsewhere.html")).expect("a page"));

    // Fewer steps are spread evenly, and that some are missing is said.
    let output = headlight(place, ["report", "run", "--steps", "3", "-o", "few.html"]);
    let note = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(note, "note: shows 3 of 5 recorded steps (--steps N shows more)\n");
    assert_eq!(steps(&self::manifest(place, "few.html")), [0, 4, 7]);

    // Another question has one moment, and the run's curves.
    let output = headlight(place, ["report", "run", "--input", "0 1 2", "-o", "asked.html"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let asked = self::manifest(place, "asked.html");
    assert_eq!((steps(&asked), asked["metrics"]["step"].as_array().map(Vec::len)), (vec![7], Some(7)));
    assert_eq!(asked["examples"][0]["queryTokens"], serde_json::json!(["0", "1", "2"]));
}

#[test]
fn a_file_of_weights_gives_a_page_too() {
    let place = temporary();
    let place = place.path();
    std::fs::write(place.join("weights.json"), "[[[1, 0], [0.5, 0.5]], [[0.25, 0.75], [0.5, 0.5]]]").expect("a file");
    let output = headlight(place, ["report", "weights.json", "--tokens", "the </script>"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "report.html\n");
    let manifest = manifest(place, "report.html");
    assert_eq!(manifest["examples"][0]["keyTokens"], serde_json::json!(["the", "</script>"]));
    assert_eq!(manifest["moments"][0]["step"], Value::Null);

    train(place);
    report(place, "run/attention.safetensors -o record.html");
    assert_eq!(steps(&self::manifest(place, "record.html")), [7]);
}

#[test]
fn wrong_requests_are_refused_in_a_line() {
    let place = temporary();
    let place = place.path();
    train(place);
    let says = |arguments: &str, what: &str| {
        let line = refused(place, &arguments.split(' ').collect::<Vec<_>>());
        assert!(line.contains(what), "{arguments}: {line}");
    };
    says("report nowhere", "nowhere");
    says("report run --tokens x", "leave out --tokens");
    says("report run --steps 1", "--steps");
    says("report run --input 9_9", "9_9");
    says("report run -o run/config.json", "a file of the run itself");
    says("report run/attention.safetensors -o run/attention.safetensors", "a file of the run itself");
    std::fs::write(place.join("weights.json"), r#"{"tokens": ["a"], "weights": [[1]]}"#).expect("a file");
    says("report weights.json --kind cross -o weights.json", "is what is read");
    let line = failed(place, &["report", "run", "-o", "nowhere/report.html"]);
    assert!(line.contains("nowhere/report.html"), "{line}");

    // A damaged record is named, and the page of the run is left as it was.
    report(place, "run");
    let record = place.join("run/records/step_000004.safetensors");
    let mut bytes = std::fs::read(&record).expect("a record");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&record, bytes).expect("a file");
    says("report run", "step_000004.safetensors");
}

fn train(place: &Path) {
    let options = "train copy --out run --length 3 --symbols 6 --d-model 16 --heads 2 --layers 2 --d-ff 32 --threads 1 \
                   --quiet --max-steps 7 --record-every 2 --architecture encoder-decoder";
    let output = headlight(place, options.split_whitespace());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the program says of a page that it writes.
fn report(place: &Path, arguments: &str) -> String {
    let output = headlight(place, ["report"].into_iter().chain(arguments.split(' ')));
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the program speaks UTF-8")
}

fn manifest(place: &Path, page: &str) -> Value {
    let page = std::fs::read_to_string(place.join(page)).expect("a page");
    let (_, rest) = page.split_once(" id=\"manifest\">").expect("a manifest");
    serde_json::from_str(rest.split_once("</script>").expect("its end").0).expect("JSON")
}

fn steps(manifest: &Value) -> Vec<u64> {
    let moments = manifest["moments"].as_array().expect("moments");
    moments.iter().map(|moment| moment["step"].as_u64().expect("a step")).collect()
}
