//! What `headlight train` leaves: every file that was promised, and pictures that are pictures.

mod program;

use std::path::Path;

use headlight_runs::{read_metrics, read_records};
use program::{Messages, headlight, printed, temporary, text};

const SMALL: &str = "--length 3 --symbols 6 --d-model 16 --heads 2 --layers 1 --d-ff 32 --max-steps 20 --threads 1";

#[test]
fn a_decoder_leaves_its_files_and_pictures() {
    let directory = temporary();
    let said = train(directory.path(), "run", SMALL);
    assert_eq!(names_in(&directory.path().join("run")), FILES);
    let pictures = ["decoder_self_L0_H0.png", "decoder_self_L0_H1.png", "decoder_self_grid.png"];
    assert_eq!(names_in(&directory.path().join("run/heatmaps")), pictures);
    for name in pictures {
        assert_is_a_picture(&directory.path().join("run/heatmaps").join(name));
    }
    assert!(said.contains("run/heatmaps/decoder_self_grid.png"), "{said}");
}

#[test]
fn an_encoder_and_decoder_leave_three_kinds_of_attention() {
    let directory = temporary();
    let said = train(directory.path(), "run", &format!("{SMALL} --architecture encoder-decoder --layers 2"));
    let kinds = ["cross", "decoder_self", "encoder_self"];
    let pictures: Vec<String> = kinds
        .iter()
        .flat_map(|kind| ["L0_H0", "L0_H1", "L1_H0", "L1_H1", "grid"].map(|which| format!("{kind}_{which}.png")))
        .collect();
    assert_eq!(names_in(&directory.path().join("run/heatmaps")), pictures);
    for name in &pictures {
        assert_is_a_picture(&directory.path().join("run/heatmaps").join(name));
    }
    for kind in kinds {
        assert!(said.contains(&format!("run/heatmaps/{kind}_grid.png")), "{said}");
    }
    let records = read_records(&directory.path().join("run/attention.safetensors")).expect("records");
    assert!(records.iter().all(|record| record.shape() == [2, 2, 3, 3]) && records.len() == 3);
}

#[test]
fn running_out_of_steps_is_said_in_one_line_and_is_no_error() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    // No head is praised for what was not learned.
    let small = "--length 12 --d-model 16 --heads 2 --layers 1 --d-ff 32 --max-steps 20 --threads 1 --quiet";
    messages.printed(&format!("train copy --out run {small} --learning-rate 1e-9"));
    insta::assert_snapshot!("not_solved", messages.as_ref());
    let result = std::fs::read_to_string(directory.path().join("run/result.json")).expect("a result");
    let result: serde_json::Value = serde_json::from_str(&result).expect("JSON");
    assert_eq!((&result["solved"], &result["steps"]), (&false.into(), &20.into()));

    let metrics = read_metrics(&directory.path().join("run")).expect("lines of metrics");
    assert_eq!(metrics.iter().map(|line| line.step).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    assert_eq!(metrics[19].exact_match, result["exact_match"].as_f64());
}

#[test]
fn every_option_reaches_the_configuration() {
    let directory = temporary();
    let options = "--architecture encoder-decoder --seed 18446744073709551615 --layers 2 --heads 4 --d-model 24 \
                   --d-ff 40 --length 2 --symbols 9 --batch-size 5 --learning-rate 0.25 --dropout 0.125 --max-steps 1 \
                   --record-every 3 --checkpoint-every 7 --threads 2 --device flex --quiet";
    if cfg!(not(feature = "flex")) {
        return; // another device would be another configuration
    }
    train(directory.path(), "run", options);
    let config = std::fs::read_to_string(directory.path().join("run/config.json")).expect("a configuration");
    let config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
    let task = serde_json::json!({"name": "copy", "architecture": "encoder-decoder", "length": 2, "symbols": 9});
    assert_eq!(config["task"], task);
    for (name, value) in [("n_layers", 2), ("n_heads", 4), ("d_model", 24), ("d_ff", 40)] {
        assert_eq!(config["model"][name], value, "{name}");
    }
    for (name, value) in [("batch_size", 5), ("max_steps", 1), ("seed", u64::MAX)] {
        assert_eq!(config["training"][name], value, "{name}");
    }
    for (name, value) in [("record_every", 3), ("checkpoint_every", 7), ("threads", 2)] {
        assert_eq!(config[name], value, "{name}");
    }
    let rates = (&config["training"]["learning_rate"], &config["model"]["dropout"]);
    assert_eq!(rates, (&0.25.into(), &0.125.into()));
    assert_eq!((&config["device"], &config["tour"]), (&"flex".into(), &false.into()));
}

#[test]
fn records_are_kept_every_so_often() {
    let directory = temporary();
    train(directory.path(), "run", &format!("{SMALL} --record-every 8 --learning-rate 1e-9"));
    let records = directory.path().join("run/records");
    let names = ["step_000000.safetensors", "step_000008.safetensors", "step_000016.safetensors"];
    assert_eq!(names_in(&records), names);
    for (name, step) in names.into_iter().zip([0, 8, 16]) {
        let record = read_records(&records.join(name)).expect(name).remove(0);
        assert_eq!(record.origin().step, Some(step));
    }
}

#[test]
fn a_replaced_run_leaves_nothing_behind() {
    let directory = temporary();
    train(directory.path(), "run", &format!("{SMALL} --record-every 8"));
    train(directory.path(), "run", &format!("{SMALL} --heads 1 --force"));
    let run = directory.path().join("run");
    assert_eq!(names_in(&run.join("heatmaps")), ["decoder_self_L0_H0.png"]); // one head needs no grid
    assert!(!run.join("records").exists() || names_in(&run.join("records")).is_empty());
    assert_eq!(read_metrics(&run).expect("lines of metrics")[0].step, 1);
}

#[test]
fn every_picture_that_we_draw_gives_way_to_a_new_run() {
    let directory = temporary();
    train(directory.path(), "run", &format!("{SMALL} --architecture encoder-decoder --layers 2 --record-every 10"));
    for command in [
        "report run",
        "film run",
        "film run --head 1",
        "plot run --picture sheet",
        "plot run --picture curves",
        "plot run --picture positions",
    ] {
        printed(directory.path(), command);
    }
    for format in ["png", "svg"] {
        let options = format!("explain --run run --kind decoder-self --masks --scaling --format {format}");
        printed(directory.path(), &options);
    }
    for options in [
        "--picture lines",
        "--combine mean",
        "--combine maximum",
        "--minus run",
        "--layer 0 --head 0 --minus-head 1,1",
        "--layer 0 --head 0 --combine mean --with-head 1,1",
        "--combine maximum --head 0,1",
        "--combine mean --with run",
        "--combine mean --picture sheet",
        "--picture sheet --layer 0 --head 1",
        "--picture lines --layer 0-1 --head 1",
        "--combine mean --layer 1 --picture lines",
        "--combine maximum --head 0,1 --minus run",
        "",
        "--layer 0",
        "--head 1",
        "--layer 0-1 --head 1",
        "--layer 1 --head 0-1",
        "--layer 1 --head 0",
    ] {
        for format in ["png", "svg"] {
            printed(directory.path(), &format!("plot run --format {format} {options}"));
        }
    }
    let drawn = names_in(&directory.path().join("run/heatmaps"));
    for name in
        ["cross_L0+1_H1_grid.svg", "cross_L1_H0+1_grid.png", "decoder_self_L1_H0.svg", "cross_grid.svg", "scaling.svg"]
    {
        assert!(drawn.iter().any(|drawn| drawn == name), "{name} is not among {drawn:?}");
    }
    train(directory.path(), "run", &format!("{SMALL} --force"));
    assert_eq!(names_in(&directory.path().join("run/heatmaps")).len(), 3);
}

#[test]
fn a_pipe_gets_plain_lines_of_progress_and_none_when_quiet() {
    let directory = temporary();
    let small = format!("train copy {SMALL} --learning-rate 1e-9");
    let output = headlight(directory.path(), &format!("{small} --out run"));
    for stream in [&output.stdout, &output.stderr] {
        assert!(!text(stream).contains(|c: char| c.is_control() && c != '\n'), "{:?}", text(stream));
    }
    // A line at each evaluation.
    let progress = text(&output.stderr);
    let steps = |line: &str| line.strip_prefix("step").and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    assert_eq!(progress.lines().filter_map(steps).collect::<Vec<usize>>(), [10, 20], "{progress}");
    // Quiet is about progress; that few sequences were held out is no progress.
    let mut messages = Messages::of(directory.path());
    messages.noted(&format!("{small} --out quiet --quiet"));
    insta::assert_snapshot!("quiet", messages.as_ref());
}

/// What a run holds beside its pictures' directory.
const FILES: [&str; 8] = [
    "attention.safetensors",
    "checkpoint.safetensors",
    "config.json",
    "files.jsonl",
    "heatmaps",
    "metrics.jsonl",
    "model.safetensors",
    "result.json",
];

/// What a training that ends well says.
fn train(directory: &Path, out: &str, options: &str) -> String {
    // A later option of the same name would be refused, so the small model's gives way.
    let mut arguments: Vec<&str> = Vec::new();
    for word in options.split_whitespace() {
        if let Some(at) = arguments.iter().position(|known| *known == word && word.starts_with("--")) {
            arguments.drain(at..at + 2);
        }
        arguments.push(word);
    }
    printed(directory, &format!("train copy --out {out} {}", arguments.join(" ")))
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn assert_is_a_picture(path: &Path) {
    let bytes = std::fs::read(path).expect("a file");
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a frame");
    assert!(info.width >= 100 && info.height >= 100, "{} × {}", info.width, info.height);
    // White paper, and more colours than one on it.
    assert_eq!(pixels[..3], [255; 3]);
    let colours: std::collections::HashSet<_> = pixels.chunks(3).collect();
    assert!(colours.len() > 10, "{} has {} colours", path.display(), colours.len());
}
