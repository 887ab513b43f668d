//! `headlight devices`, and `--device` where a run is trained and where it is looked at.

mod program;
mod refusal;

use std::path::Path;

use headlight_model::{DeviceName, adapters};
use program::{headlight, temporary};
use refusal::{failed, refused};

const TINY: [&str; 16] = [
    "--d-model",
    "16",
    "--heads",
    "2",
    "--layers",
    "1",
    "--d-ff",
    "32",
    "--max-steps",
    "2",
    "--batch-size",
    "4",
    "--length",
    "3",
    "--threads",
    "1",
];

#[test]
fn every_device_is_listed_with_how_to_get_it() {
    let text = said(temporary().path(), &["devices"]);
    for device in DeviceName::ALL {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(device.feature())).expect("a line");
        let expected = if device.is_built() { "in this build" } else { "cargo run --features" };
        assert!(line.contains(expected), "{line}");
        assert_eq!(line.contains("(the default)"), device == DeviceName::default(), "{line}");
    }
    for (index, adapter) in adapters().iter().enumerate() {
        let line = text.lines().find(|line| line.starts_with(&format!("wgpu:{index}"))).expect("a line an adapter");
        assert!(line.contains(&adapter.name) && line.contains(&adapter.api), "{line}");
    }
}

#[test]
fn a_step_is_measured_at_each_size_on_each_device() {
    let devices: Vec<_> = DeviceName::built().filter(|device| device.takes_threads()).collect();
    let names = devices.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let sizes = ["--d-model", "16,32", "--batch-size", "2,4", "--length", "3"];
    let text = said(temporary().path(), &[&["devices", "--measure", "--device", &names], &sizes[..]].concat());
    let rows: Vec<Vec<&str>> = text.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), 4 * devices.len(), "{text}");
    for row in rows {
        // d_model, batch, device, threads, first, ms, median, ms, steps/s, of steps, and perhaps "fastest"
        assert!(row[2].parse::<DeviceName>().is_ok() && row[6].parse::<f64>().is_ok_and(|time| time > 0.0), "{text}");
        let (median, rate) = (row[6].parse::<f64>().expect("a time"), row[8].parse::<f64>().expect("a rate"));
        assert!((median * rate / 1000.0 - 1.0).abs() < 0.1, "{text}");
        assert_eq!(row.get(10).is_some(), row.last() == Some(&"fastest"), "{text}");
    }
}

#[test]
fn wrong_requests_are_refused_in_one_line() {
    let place = temporary();
    for (arguments, expected) in [
        (&["devices", "--measure", "--device", "cuda"][..], "no device is called 'cuda': choose flex"),
        (&["devices", "--d-model", "64"], "--measure"),
        (&["devices", "--measure", "--d-model", "65"], "65"),
        (&["devices", "--measure", "--batch-size", "0"], "batch-size"),
        (&["train", "copy", "--out", "run", "--device", "wgpu:fast"], "no device is called 'wgpu:fast'"),
    ] {
        let line = refused(place.path(), arguments);
        assert!(line.contains(expected), "{arguments:?}: {line}");
    }
    for device in DeviceName::ALL.into_iter().filter(|device| !device.is_built()) {
        let line =
            refused(place.path(), &["train", "copy", "--out", "run", "--device", device.feature(), "--threads", "1"]);
        assert!(line.contains(&format!("build it with --features {device}, or choose flex (--device)")), "{line}");
    }
}

#[test]
fn an_adapter_that_is_not_there_is_refused_with_those_that_are() {
    let wgpu = DeviceName::ALL[2];
    if !wgpu.is_built() {
        return; // the test above
    }
    let place = temporary();
    for name in ["wgpu:99", "wgpu:discrete"] {
        if name == "wgpu:discrete" && adapters().iter().any(|adapter| adapter.kind.to_string() == "discrete") {
            continue;
        }
        let line = refused(place.path(), &["train", "copy", "--out", "run", "--device", name]);
        let offered = match adapters().first() {
            Some(adapter) => format!("choose wgpu:0 ({})", adapter.name),
            None => "wgpu finds no adapter on this machine".to_string(),
        };
        assert!(line.contains(&offered) && line.ends_with("or flex (--device)"), "{line}");
    }
}

#[test]
fn a_driver_that_is_not_there_is_one_line_too() {
    if !DeviceName::ALL[2].is_built() {
        return;
    }
    let place = temporary();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_headlight"));
    program.current_dir(place.path()).args(["train", "copy", "--out", "run", "--device", "wgpu"]).args(TINY);
    let nowhere = ["VK_ICD_FILENAMES", "VK_DRIVER_FILES", "__EGL_VENDOR_LIBRARY_FILENAMES"];
    let output = program.envs(nowhere.map(|name| (name, "/nowhere.json"))).output().expect("the program starts");
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    let last = text.lines().last().expect("a line");
    assert!(
        last.starts_with("headlight: wgpu finds no adapter on this machine: install") || output.status.success(),
        "{text}"
    );
    assert!(!text.contains("backtrace") && !text.contains("panicked"), "{text}");
}

#[test]
fn a_run_is_looked_at_on_the_device_that_is_asked_for() {
    let place = temporary();
    for device in DeviceName::built().filter(|device| device.takes_threads()) {
        let name = device.to_string();
        let train = ["train", "copy", "--out", "run", "--force", "--quiet", "--device", &name];
        said(place.path(), &[&train[..], &TINY[..]].concat());
        for other in DeviceName::built().filter(|device| device.takes_threads()) {
            let other = other.to_string();
            let question = ["--input", "1 2 3", "--device", &other];
            let answer = said(place.path(), &[&["generate", "run"], &question[..]].concat());
            assert_eq!(answer, said(place.path(), &["generate", "run", "--input", "1 2 3"]), "{name} on {other}");
            let scores = said(place.path(), &["evaluate", "run", "--count", "5", "--device", &other]);
            assert_eq!(scores, said(place.path(), &["evaluate", "run", "--count", "5"]), "{name} on {other}");
            let paths = said(place.path(), &["plot", "run", "--out", "pictures", "--device", &other]);
            assert!(paths.lines().all(|path| place.path().join(path).is_file()) && paths.lines().count() >= 2);
        }
    }
    let line = failed(place.path(), &["plot", "run", "--device", "flex", "--out", "run/config.json/pictures"]);
    assert!(line.contains("config.json"), "{line}");
    let line = refused(place.path(), &["plot", "run", "--picture", "curves", "--device", "flex"]);
    assert!(line.contains("no use for --device"), "{line}");
    let line = refused(place.path(), &["plot", "run/attention.safetensors", "--device", "flex"]);
    assert!(line.contains("leave out --device"), "{line}");
}

fn said(place: &Path, arguments: &[&str]) -> String {
    let output = headlight(place, arguments);
    let text = |bytes| String::from_utf8(bytes).expect("the program speaks UTF-8");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(output.stderr));
    text(output.stdout)
}
