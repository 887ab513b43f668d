//! `headlight devices`, and `--device` where a run is trained and where it is looked at.

mod program;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use headlight_device::{AdapterKind, DeviceName, adapters};
use program::{Messages, headlight, one_line, printed, temporary, text};

const TINY: &str = "--d-model 16 --heads 2 --layers 1 --d-ff 32 --max-steps 2 --batch-size 4 --length 3 --threads 1";

#[test]
fn every_device_is_listed_with_how_to_get_it() {
    let text = printed(temporary().path(), "devices");
    let remote = "remote:gpu:3000".parse().expect("a server's device");
    for device in DeviceName::ALL.into_iter().chain([remote]) {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(device.feature())).expect("a line");
        assert_eq!(line.contains(&format!("--features {}", device.feature())), !device.is_built(), "{line}");
        assert_eq!(line.contains("default"), device == DeviceName::default(), "{line}");
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
    let sizes = "--d-model 16,32 --batch-size 2,4 --length 3";
    let text = printed(temporary().path(), &format!("devices --measure --device {names} {sizes}"));
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
    let directory = temporary();
    // The second size takes at least half a second, and up to ten.
    let measure = "devices --measure --device flex --length 3 --d-model 16,512 --batch-size 64";
    let mut program = program::command(directory.path(), measure);
    let mut program = program.stderr(Stdio::null()).spawn().expect("the program starts");
    let lines = BufReader::new(program.stdout.take().expect("a pipe")).lines();
    let row = lines.map(|line| line.expect("UTF-8")).nth(2).expect("a row");
    assert!(row.trim_start().starts_with("16 "), "{row}");
    assert!(program.try_wait().expect("a child").is_none(), "it kept its first row to the end");
    program.kill().expect("a child");
    program.wait().expect("a child");
}

#[test]
fn wrong_requests_are_refused_in_one_line() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    for command in [
        "devices --measure --device cuda",
        "devices --d-model 64",
        "devices --measure --d-model 65",
        "devices --measure --batch-size 0",
        "train copy --out run --device wgpu:fast",
    ] {
        messages.refused(command);
    }
    insta::assert_snapshot!("refused", messages.as_ref());
    for device in DeviceName::ALL.into_iter().filter(|device| !device.is_built()) {
        let line = messages.refused(&format!("train copy --out run --device {device} --threads 1"));
        assert!(line.contains(&format!("--features {device}")) && line.contains("--device"), "{line}");
        // Nobody shall believe that it was measured, were it one of several.
        for devices in [device.to_string(), format!("flex,{device}")] {
            let line = messages.refused(&format!("devices --measure --device {devices}"));
            assert!(line.contains(&format!("--features {device}")), "{line}");
        }
    }
}

#[test]
#[cfg(not(feature = "remote"))]
fn a_build_without_other_machines_devices_says_so() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    for command in [
        "train copy --out run --device remote:gpu:3000",
        "train copy --out run --device remote:a:3000,remote:b:3000",
        "train copy --out run --token-file token.txt",
        "tasks --remote-timeout 3",
        "serve --token-file token.txt",
    ] {
        assert!(messages.refused(command).contains("build with --features remote"), "{command}");
    }
}

#[test]
#[cfg_attr(not(feature = "wgpu"), ignore = "wgpu is not in this build")]
fn an_adapter_that_is_not_there_is_refused_with_those_that_are() {
    let directory = temporary();
    let adapters = adapters();
    let usable = adapters.iter().enumerate().find(|(_, adapter)| adapter.lacks.is_none());
    let offered = usable.map(|(index, adapter)| format!("wgpu:{index} ({})", adapter.name)).unwrap_or_default();
    for name in ["wgpu:99", "wgpu:discrete"] {
        if name == "wgpu:discrete" && adapters.iter().any(|adapter| adapter.kind == AdapterKind::Discrete) {
            continue;
        }
        for command in
            [format!("train copy --out run --device {name}"), format!("devices --measure --device flex,{name}")]
        {
            let line = Messages::of(directory.path()).refused(&command);
            assert!(line.contains(&offered) && line.contains("--device"), "{line}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(not(feature = "wgpu"), ignore = "wgpu is not in this build")]
fn a_driver_that_is_not_there_is_one_line_too() {
    let directory = temporary();
    let output = without_drivers(directory.path(), &format!("train copy --out run --device wgpu {TINY}"));
    let line = one_line(&output.stderr).expect("a line");
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(line.contains("--device"), "{line}");
}

/// The whole way of a run on wgpu: trained, resumed, asked, drawn and explained.
#[test]
#[ignore = "needs an adapter and time: .ci/wgpu asks for it"]
fn a_run_is_trained_and_resumed_on_wgpu() {
    let directory = temporary();
    let adapter = DeviceName::ALL[2].adapter().expect("an adapter");
    let computing = format!("{} ({})", adapter.name, adapter.api);
    for command in [
        format!("train copy --out run --record-every 1 --device wgpu {TINY}"),
        "train --resume run --max-steps 3".to_string(),
        "generate run --input \"1 2 3\"".to_string(),
        "plot run --device wgpu --out pictures".to_string(),
        "explain \"1 2 3\" --run run --out pictures".to_string(),
    ] {
        let output = headlight(directory.path(), &command);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{command}: {said}");
        assert_eq!(said.matches(&computing).count(), 1, "{command}: {said}");
        // That a processor plays the card is said besides.
        let notes = said.lines().filter(|line| line.starts_with("note: ") && line.contains(&adapter.name)).count();
        assert_eq!(notes == 1, adapter.kind == AdapterKind::Cpu, "{command}: {said}");
    }
    let result = std::fs::read_to_string(directory.path().join("run/result.json")).expect("a result");
    assert!(result.contains("\"steps\": 3,"), "{result}");
    assert!(directory.path().join("pictures/decoder_self_grid.png").is_file());

    // What needs no computing starts no card, which the loader of Vulkan drivers would tell of.
    if cfg!(target_os = "linux") && adapter.api == "Vulkan" {
        let is_started = |command: &str| {
            let output = with_variables(directory.path(), command, &[("VK_LOADER_DEBUG", "all")]);
            let text = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{command}: {text}");
            text.contains("Vulkan Loader")
        };
        assert!(is_started("generate run --input \"1 2 3\""), "this loader tells nothing");
        for command in [
            "plot run --out pictures",
            "plot run --out pictures --picture curves",
            "plot run --out pictures --picture positions",
            "explain --run run --out pictures",
            "film run --out films",
            "report run",
            "summary run",
            "graph run --out graph.svg",
            "export run --onnx model.onnx",
        ] {
            assert!(!is_started(command), "{command}");
        }
    }

    // Flex answers where the drivers are gone, and says why; resuming on it would make another run.
    if cfg!(target_os = "linux") {
        for command in ["generate run --input \"1 2 3\"", "explain \"1 2 3\" --run run"] {
            let output = without_drivers(directory.path(), command);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{said}");
            assert!(said.starts_with("note: ") && said.contains("wgpu") && said.contains("flex"), "{command}: {said}");
        }
        let output = without_drivers(directory.path(), "train --resume run --max-steps 4");
        let line = one_line(&output.stderr).expect("a line");
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(line.contains("wgpu") && !line.contains("flex"), "{line}");

        // Seeds that have ended need no card to be listed again.
        let small = TINY.trim_end_matches("--threads 1");
        let listed = printed(directory.path(), &format!("train copy --out seeds --seeds 0..2 --device wgpu {small}"));
        let output = without_drivers(directory.path(), "train --resume seeds");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), listed);
        let output = without_drivers(directory.path(), "train --resume seeds --max-steps 3");
        let line = one_line(&output.stderr).expect("a line");
        assert!(line.contains("wgpu"), "{line}");
    }
}

/// A card's memory can be exhausted on purpose only where it is the process's own: on a processor that plays one.
#[test]
#[cfg(target_os = "linux")]
#[ignore = "needs SwiftShader, and time: .ci/wgpu asks for it"]
fn out_of_memory_on_wgpu_asks_for_a_smaller_batch() {
    let adapter = DeviceName::ALL[2].adapter().expect("an adapter");
    assert_eq!(adapter.kind, AdapterKind::Cpu, "{} has memory of its own, which cannot be limited here", adapter.name);
    let directory = temporary();
    let mut program = Command::new("sh");
    program.current_dir(directory.path()).args(["-c", "ulimit -v 2500000; exec \"$0\" \"$@\""]);
    program.arg(env!("CARGO_BIN_EXE_headlight")).args(["train", "copy", "--out", "run", "--device", "wgpu"]);
    program.args(["--d-model", "64", "--heads", "4", "--layers", "1", "--d-ff", "64", "--length", "10"]);
    let output = program.args(["--batch-size", "20000"]).output().expect("a shell");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let line = said.lines().last().expect("a line");
    assert!(line.contains("Out of Memory") && line.contains("--device"), "{line}");
}

#[test]
fn a_run_is_looked_at_on_the_device_that_is_asked_for() {
    let directory = temporary();
    for device in DeviceName::built().filter(|device| device.takes_threads()) {
        let name = device.to_string();
        printed(directory.path(), &format!("train copy --out run --force --quiet --device {name} {TINY}"));
        for other in DeviceName::built().filter(|device| device.takes_threads()) {
            let on_both = |command: &str| {
                let said = printed(directory.path(), &format!("{command} --device {other}"));
                assert_eq!(said, printed(directory.path(), command), "{name} on {other}");
            };
            on_both("generate run --input \"1 2 3\"");
            on_both("evaluate run --count 5");
            let paths = printed(directory.path(), &format!("plot run --out pictures --device {other}"));
            assert!(paths.lines().all(|path| directory.path().join(path).is_file()) && paths.lines().count() >= 2);
            printed(directory.path(), &format!("explain --run run --out pictures --device {other}"));
        }
    }
    let mut messages = Messages::of(directory.path());
    let line = messages.failed("plot run --device flex --out run/config.json/pictures");
    assert!(line.contains("config.json"), "{line}");
    for command in ["plot run --picture curves --device flex", "plot run/attention.safetensors --device flex"] {
        let line = messages.refused(command);
        assert!(line.contains("--device"), "{line}");
    }
}

/// Runs the program where no graphics driver is to be found.
fn without_drivers(directory: &Path, line: &str) -> Output {
    let nowhere = ["VK_ICD_FILENAMES", "VK_DRIVER_FILES", "__EGL_VENDOR_LIBRARY_FILENAMES"];
    with_variables(directory, line, &nowhere.map(|name| (name, "/nowhere.json")))
}

fn with_variables(directory: &Path, line: &str, variables: &[(&str, &str)]) -> Output {
    program::command(directory, line).envs(variables.iter().copied()).output().expect("the program starts")
}
