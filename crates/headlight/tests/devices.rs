//! `headlight devices`, and `--device` where a run is trained and where it is looked at.

mod program;
mod refusal;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use headlight_device::{AdapterKind, DeviceName, adapters};
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
        // d_model, batch, device, threads, first, ms, median, ms, steps/s, of steps, relative to the first of its size
        assert!(row[2].parse::<DeviceName>().is_ok() && row[6].parse::<f64>().is_ok_and(|time| time > 0.0), "{text}");
        let (median, rate) = (row[6].parse::<f64>().expect("a time"), row[8].parse::<f64>().expect("a rate"));
        assert!((median * rate / 1000.0 - 1.0).abs() < 0.1, "{text}");
        let relative = row[10].parse::<f64>().expect("a share");
        assert!(relative > 0.0 && (row[2] != devices[0].to_string() || relative == 1.0), "{text}");
    }
}

#[test]
fn a_row_is_there_as_soon_as_it_is_measured() {
    let place = temporary();
    let mut program = Command::new(env!("CARGO_BIN_EXE_headlight"));
    // The second size takes at least half a second, and up to ten.
    program.current_dir(place.path()).args(["devices", "--measure", "--device", "flex", "--length", "3"]);
    program.args(["--d-model", "16,512", "--batch-size", "64"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut program = program.spawn().expect("the program starts");
    let lines = BufReader::new(program.stdout.take().expect("a pipe")).lines();
    let row = lines.map(|line| line.expect("UTF-8")).nth(2).expect("a row");
    assert!(row.trim_start().starts_with("16 "), "{row}");
    assert!(program.try_wait().expect("a child").is_none(), "it kept its first row to the end");
    program.kill().expect("a child");
    program.wait().expect("a child");
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
        // Nobody shall believe that it was measured, were it one of several.
        for devices in [device.to_string(), format!("flex,{device}")] {
            let line = refused(place.path(), &["devices", "--measure", "--device", &devices]);
            assert!(line.contains(&format!("--features {device}")), "{line}");
        }
    }
}

#[test]
#[cfg_attr(not(feature = "wgpu"), ignore = "wgpu is not in this build")]
fn an_adapter_that_is_not_there_is_refused_with_those_that_are() {
    let place = temporary();
    let adapters = adapters();
    let usable = adapters.iter().enumerate().find(|(_, adapter)| adapter.lacks.is_none());
    let offered = match usable {
        Some((index, adapter)) => format!("which has wgpu:{index} ({})", adapter.name),
        None if adapters.is_empty() => "wgpu finds no adapter on this machine".to_string(),
        None => "which has none that can compute".to_string(),
    };
    for name in ["wgpu:99", "wgpu:discrete"] {
        if name == "wgpu:discrete" && adapters.iter().any(|adapter| adapter.kind == AdapterKind::Discrete) {
            continue;
        }
        for arguments in [
            &["train", "copy", "--out", "run", "--device", name][..],
            &["devices", "--measure", "--device", &format!("flex,{name}")],
        ] {
            let line = refused(place.path(), arguments);
            assert!(line.contains(&offered) && line.ends_with("flex (--device)"), "{line}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(not(feature = "wgpu"), ignore = "wgpu is not in this build")]
fn a_driver_that_is_not_there_is_one_line_too() {
    let place = temporary();
    let train = ["train", "copy", "--out", "run", "--device", "wgpu"];
    let output = without_drivers(place.path(), &[&train[..], &TINY[..]].concat());
    let line = refusal::one_line(&output.stderr).expect("a line");
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(line.starts_with("headlight: wgpu finds no adapter on this machine: install"), "{line}");
    assert!(line.ends_with("or choose flex (--device)"), "{line}");
}

/// The whole way of a run on wgpu: trained, gone on with, asked, drawn and explained.
#[test]
#[ignore = "needs an adapter and time: .ci/wgpu asks for it"]
fn a_run_is_trained_and_gone_on_with_on_wgpu() {
    let place = temporary();
    let adapter = DeviceName::ALL[2].adapter().expect("an adapter");
    let computing = format!("Computing on {} ({}); compiling its shaders", adapter.name, adapter.api);
    let train = ["train", "copy", "--out", "run", "--record-every", "1", "--device", "wgpu"];
    for arguments in [
        &[&train[..], &TINY[..]].concat()[..],
        &["train", "--resume", "run", "--max-steps", "3"],
        &["generate", "run", "--input", "1 2 3"],
        &["plot", "run", "--device", "wgpu", "--out", "pictures"],
        &["explain", "1 2 3", "--run", "run", "--out", "pictures"],
    ] {
        let output = headlight(place.path(), arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {text}");
        assert_eq!(text.matches(&computing).count(), 1, "{arguments:?}: {text}");
        let is_processor = adapter.kind == AdapterKind::Cpu;
        assert_eq!(text.contains("is no graphics card"), is_processor, "{arguments:?}: {text}");
    }
    let result = std::fs::read_to_string(place.path().join("run/result.json")).expect("a result");
    assert!(result.contains("\"steps\": 3,"), "{result}");
    assert!(place.path().join("pictures/decoder_self_grid.png").is_file());

    // What needs no computing starts no card, which the loader of Vulkan drivers would tell of.
    if cfg!(target_os = "linux") && adapter.api == "Vulkan" {
        let is_started = |arguments: &[&str]| {
            let output = with_variables(place.path(), arguments, &[("VK_LOADER_DEBUG", "all")]);
            let text = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {text}");
            text.contains("Vulkan Loader")
        };
        assert!(is_started(&["generate", "run", "--input", "1 2 3"]), "this loader tells nothing");
        for arguments in [
            &["plot", "run", "--out", "pictures"][..],
            &["plot", "run", "--out", "pictures", "--picture", "curves"],
            &["plot", "run", "--out", "pictures", "--picture", "positions"],
            &["explain", "--run", "run", "--out", "pictures"],
            &["film", "run", "--out", "films"],
            &["report", "run"],
            &["summary", "run"],
            &["graph", "run", "--out", "graph.svg"],
            &["export", "run", "--onnx", "model.onnx"],
        ] {
            assert!(!is_started(arguments), "{arguments:?}");
        }
    }

    // Flex answers where the drivers are gone, and says why; going on would be another run.
    if cfg!(target_os = "linux") {
        for question in [&["generate", "run", "--input", "1 2 3"][..], &["explain", "1 2 3", "--run", "run"]] {
            let output = without_drivers(place.path(), question);
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(0), "{text}");
            let note = "note: the run was trained on wgpu, and this is computed on flex: wgpu finds no adapter";
            assert!(text.contains(note), "{question:?}: {text}");
        }
        let output = without_drivers(place.path(), &["train", "--resume", "run", "--max-steps", "4"]);
        let line = refusal::one_line(&output.stderr).expect("a line");
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(line.contains("wgpu finds no adapter") && !line.contains("flex"), "{line}");

        // Seeds that have ended need no card to be listed again.
        let seeds = [&["train", "copy", "--out", "seeds", "--seeds", "0..2", "--device", "wgpu"], &TINY[..14]].concat();
        let listed = said(place.path(), &seeds);
        let output = without_drivers(place.path(), &["train", "--resume", "seeds"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), listed);
        let line = without_drivers(place.path(), &["train", "--resume", "seeds", "--max-steps", "3"]);
        let line = refusal::one_line(&line.stderr).expect("a line");
        assert!(line.contains("wgpu finds no adapter"), "{line}");
    }
}

/// A card's memory can be exhausted on purpose only where it is the process's own: on a processor that plays one.
#[test]
#[cfg(target_os = "linux")]
#[ignore = "needs SwiftShader, and time: .ci/wgpu asks for it"]
fn out_of_memory_on_wgpu_asks_for_a_smaller_batch() {
    let adapter = DeviceName::ALL[2].adapter().expect("an adapter");
    assert_eq!(adapter.kind, AdapterKind::Cpu, "{} has memory of its own, which cannot be limited here", adapter.name);
    let place = temporary();
    let mut program = Command::new("sh");
    program.current_dir(place.path()).args(["-c", "ulimit -v 2500000; exec \"$0\" \"$@\""]);
    program.arg(env!("CARGO_BIN_EXE_headlight")).args(["train", "copy", "--out", "run", "--device", "wgpu"]);
    program.args(["--d-model", "64", "--heads", "4", "--layers", "1", "--d-ff", "64", "--length", "10"]);
    let output = program.args(["--batch-size", "20000"]).output().expect("a shell");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let line = text.lines().last().expect("a line");
    assert!(line.contains("Out of Memory") && line.contains("smaller batch"), "{line}");
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
            said(place.path(), &["explain", "--run", "run", "--out", "pictures", "--device", &other]);
        }
    }
    let line = failed(place.path(), &["plot", "run", "--device", "flex", "--out", "run/config.json/pictures"]);
    assert!(line.contains("config.json"), "{line}");
    let line = refused(place.path(), &["plot", "run", "--picture", "curves", "--device", "flex"]);
    assert!(line.contains("no use for --device"), "{line}");
    let line = refused(place.path(), &["explain", "a b", "--device", "flex"]);
    assert!(line.contains("leave it out, or name a run"), "{line}");
    let line = refused(place.path(), &["plot", "run/attention.safetensors", "--device", "flex"]);
    assert!(line.contains("leave out --device"), "{line}");
}

/// Runs the program where no graphics driver is to be found.
fn without_drivers(place: &Path, arguments: &[&str]) -> Output {
    let nowhere = ["VK_ICD_FILENAMES", "VK_DRIVER_FILES", "__EGL_VENDOR_LIBRARY_FILENAMES"];
    with_variables(place, arguments, &nowhere.map(|name| (name, "/nowhere.json")))
}

fn with_variables(place: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_headlight"));
    program.current_dir(place).args(arguments).envs(variables.iter().copied());
    program.output().expect("the program starts")
}

fn said(place: &Path, arguments: &[&str]) -> String {
    let output = headlight(place, arguments);
    let text = |bytes| String::from_utf8(bytes).expect("the program speaks UTF-8");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(output.stderr));
    text(output.stdout)
}
