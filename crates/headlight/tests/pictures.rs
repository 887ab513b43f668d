//! `headlight plot` of other kinds and other people's weights, and `headlight film`.

mod program;

use std::path::Path;

use headlight_record::Findings;
use headlight_record::findings::{Axis, Bands, Bar, Bars, Chart, Curve, Curves, Grid, Scale};
use program::{Messages, printed, printed_alone, temporary};

/// Runs what must succeed, and returns the names of the files that it wrote.
fn drawn(directory: &Path, arguments: &str) -> Vec<String> {
    written(directory, &printed(directory, arguments))
}

/// The names of the files whose paths are printed, each of which is a picture or a film.
fn written(directory: &Path, said: &str) -> Vec<String> {
    let paths: Vec<&str> = said.lines().collect();
    for path in &paths {
        let bytes = std::fs::read(directory.join(path)).expect("the file is there");
        let start: &[u8] = match Path::new(path).extension().and_then(|extension| extension.to_str()) {
            Some("svg") => b"<svg",
            Some("gif") => b"GIF89a",
            _ => b"\x89PNG",
        };
        assert!(bytes.starts_with(start), "{path}");
    }
    let name = |path: &&str| Path::new(path).file_name().expect("a name").to_string_lossy().into_owned();
    paths.iter().map(name).collect()
}

fn train(directory: &Path) {
    printed(
        directory,
        "train copy --out run --length 3 --symbols 6 --d-model 16 --heads 2 --layers 2 --d-ff 32 --threads 1 --quiet \
         --max-steps 6 --record-every 2 --architecture encoder-decoder",
    );
}

#[test]
fn every_kind_of_picture_of_a_run() {
    let directory = temporary();
    let directory = directory.path();
    train(directory);
    let kinds = |what: &str| ["encoder_self", "decoder_self", "cross"].map(|kind| format!("{kind}_{what}"));
    assert_eq!(drawn(directory, "plot run --picture sheet --out a"), ["sheet.png"]);
    assert_eq!(drawn(directory, "plot run --picture lines --format svg --out a"), kinds("lines.svg"));
    assert_eq!(drawn(directory, "plot run --picture curves --out a"), ["curves.png"]);
    let positions = ["positions_sinusoidal.png", "positions_rotary.png", "positions_alibi.png"];
    assert_eq!(drawn(directory, "plot run --picture positions --out a"), positions);
    assert_eq!(drawn(directory, "plot run --combine mean --out a"), kinds("mean.png"));
    assert_eq!(drawn(directory, "plot run --minus run --out a"), kinds("minus_run.png"));
    assert_eq!(
        drawn(directory, "plot run --layer 1 --head 0 --minus-head 0,1 --theme dark --out a"),
        kinds("L1_H0_minus_L0_H1.png")
    );
    let some = drawn(directory, "plot run --layer 1 --head 0-1 --out a");
    assert_eq!(some[..3], ["encoder_self_L1_H0.png", "encoder_self_L1_H1.png", "encoder_self_L1_H0+1_grid.png"]);
    let mut messages = Messages::of(directory);
    messages.refused("plot run --layer 1 --head 0 --minus-head 7,1");
    messages.refused("plot run --minus-head 0,1");
    messages.refused("plot run --layer 0-1 --head 0 --minus-head 0,1");
    messages.refused("plot run --minus nowhere");
    messages.refused("plot run --tokens x");
    insta::assert_snapshot!("run", messages.as_ref());
}

#[test]
fn means_and_maxima_of_heads_and_runs() {
    let directory = temporary();
    let directory = directory.path();
    train(directory);
    let kinds = |what: &str| ["encoder_self", "decoder_self", "cross"].map(|kind| format!("{kind}_{what}"));
    assert_eq!(drawn(directory, "plot run --combine maximum --head 0 --out a"), kinds("H0_maximum.png"));
    assert_eq!(drawn(directory, "plot run --combine mean --with run --out a"), kinds("mean_with_run.png"));
    let pair = "plot run --combine mean --layer 1 --head 1 --with-head 0,0 --out a";
    assert_eq!(drawn(directory, pair), kinds("L1_H1_mean_L0_H0.png"));
    assert_eq!(drawn(directory, "plot run --combine mean --picture sheet --layer 0 --out a"), ["L0_mean_sheet.png"]);
    assert_eq!(drawn(directory, "plot run --combine mean --picture lines --out a"), kinds("mean_lines.png"));
    // What two equal runs have in common is what one has.
    let svg = |name: &str| std::fs::read_to_string(directory.join(name)).expect("a picture");
    for options in ["", " --combine mean --with run"] {
        drawn(directory, &format!("plot run --layer 0 --head 0 --format svg --title T --out b{options}"));
    }
    assert_eq!(svg("b/cross_L0_H0.svg"), svg("b/cross_L0_H0_mean_with_run.svg"));
    let mut messages = Messages::of(directory);
    messages.refused("plot run --combine mean --head 2");
    messages.refused("plot run --combine mean --head 0 --layer 0 --with-head 0,2");
    messages.refused("plot run --combine mean --head 0 --with-head 0,1");
    messages.refused("plot run --with run");
    messages.refused("plot run --picture sheet --layer 7");
    insta::assert_snapshot!("combining", messages.as_ref());
}

#[test]
fn a_flag_without_effect_is_refused() {
    let directory = temporary();
    let directory = directory.path();
    train(directory);
    let mut messages = Messages::of(directory);
    let mut idle = |arguments: &str, flag: &str| {
        let line = messages.refused(&format!("plot run {arguments}"));
        assert!(line.contains(&format!("{flag}:")), "{line}");
    };
    for picture in ["curves", "positions"] {
        for flag in [
            "--log",
            "--normalize",
            "--threshold 0.1",
            "--colormap viridis",
            "--layer 0",
            "--head 0",
            "--combine mean",
            "--minus run",
            "--input x",
            "--device flex",
        ] {
            idle(&format!("--picture {picture} {flag}"), flag.split(' ').next().expect("a flag"));
        }
    }
    idle("--picture curves --no-values", "--no-values");
    for flag in ["--log", "--normalize", "--no-values", "--colormap magma"] {
        idle(&format!("--picture lines {flag}"), flag.split(' ').next().expect("a flag"));
    }
    for flag in ["--log", "--normalize", "--threshold 0.5", "--colormap magma"] {
        idle(&format!("--minus run {flag}"), flag.split(' ').next().expect("a flag"));
    }
    idle("--minus run --picture lines", "--picture");
    messages.refused("film run --format svg");
    insta::assert_snapshot!("idle_flags", messages.as_ref());
}

#[test]
fn films_of_a_run() {
    let directory = temporary();
    let directory = directory.path();
    train(directory);
    let films: Vec<String> = ["encoder_self", "decoder_self", "cross"]
        .iter()
        .flat_map(|kind| ["gif", "apng"].map(|extension| format!("{kind}.{extension}")))
        .collect();
    assert_eq!(drawn(directory, "film run"), films);
    let chosen = drawn(directory, "film run --layer 1 --head 0");
    assert_eq!(chosen[4..], ["cross_L1_H0.gif", "cross_L1_H0.apng"]);
    drawn(directory, "film run --head 0 --width 500 --title Mine --out wide");
    let gif = std::fs::read(directory.join("wide/cross_H0.gif")).expect("a film");
    assert_eq!(u16::from_le_bytes([gif[6], gif[7]]), 500);
    std::fs::write(directory.join("blocked"), "a file").expect("a file");
    let mut messages = Messages::of(directory);
    assert!(messages.failed("film run --out blocked/films").contains("blocked/films"));
    let mut messages = Messages::of(directory);
    std::fs::remove_dir_all(directory.join("run/records")).expect("records");
    messages.refused("film run");
    messages.refused("film nowhere");
    insta::assert_snapshot!("films", messages.as_ref());
}

#[test]
fn weights_of_others() {
    let directory = temporary();
    let directory = directory.path();
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).expect("a file");
    write("weights.json", "[[[1, 0], [0.5, 0.5]], [[0.25, 0.75], [0.5, 0.5]]]");
    write("tokens.txt", "a token\nof two\n");
    write("tokens3.txt", "x y z");
    let heads = ["encoder_self_L0_H0.png", "encoder_self_L0_H1.png", "encoder_self_grid.png"];
    assert_eq!(drawn(directory, "plot weights.json --tokens tokens.txt"), heads);
    let cross = ["cross_L0_H0.png", "cross_L0_H1.png", "cross_grid.png"];
    assert_eq!(drawn(directory, "plot weights.json --tokens tokens.txt --key-tokens tokens.txt"), heads);
    write("keys.txt", "x y");
    assert_eq!(drawn(directory, "plot weights.json --tokens tokens.txt --key-tokens keys.txt"), cross);
    write("named.json", r#"{"tokens": ["a", "b"], "weights": [[0.9, 0], [0.5, 0.5]]}"#);
    let mut messages = Messages::of(directory);
    messages.noted("plot named.json");
    assert!(messages.as_ref().contains("0.100"), "by so much the worst row misses 1: {}", messages.as_ref());
    write("windows.txt", "a token\r\nof two\r\n");
    assert_eq!(
        drawn(directory, "plot weights.json --tokens windows.txt --format svg"),
        heads.map(|name| name.replace("png", "svg"))
    );
    let svg = std::fs::read_to_string(directory.join("pictures/weights/encoder_self_L0_H0.svg")).expect("a picture");
    assert!(svg.contains(">a token<") && !svg.contains("U+000D"));
    messages.refused("plot tokens.txt");
    messages.refused("plot weights.json");
    messages.refused("plot weights.json --tokens x");
    messages.refused("plot weights.json --tokens nosuch.txt");
    messages.refused("plot weights.json --tokens tokens.txt --key-tokens none.txt");
    messages.refused("plot named.json --batch-index 0");
    assert!(Messages::of(directory).refused("plot nowhere.npy --tokens x").contains("nowhere.npy"));
    messages.refused("plot named.json --input x");
    write("bad.json", r#"{"tokens": ["a"], "weights": [[-1]]}"#);
    messages.refused("plot bad.json");
    write("broken.npz", "PK");
    messages.refused("plot broken.npz --tokens x");
    for (name, bytes) in [("text.npy", &b"1 2 3"[..]), ("short.safetensors", b"\x05")] {
        std::fs::write(directory.join(name), bytes).expect("a file");
        messages.refused(&format!("plot {name} --tokens x"));
    }
    insta::assert_snapshot!("weights", messages.as_ref());
}

#[test]
fn unlike_sources_are_not_compared() {
    let directory = temporary();
    let directory = directory.path();
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).expect("a file");
    write("a.json", r#"{"tokens": ["a", "b"], "weights": [[1, 0], [0.5, 0.5]]}"#);
    write("b.json", r#"{"tokens": ["a", "x"], "weights": [[1, 0], [0.5, 0.5]]}"#);
    write("words.txt", "one two");
    let mut messages = Messages::of(directory);
    for how in ["--minus", "--combine mean --with"] {
        messages.refused(&format!("plot a.json {how} b.json --kind cross"));
        drawn(directory, &format!("plot a.json {how} b.json --tokens words.txt"));
    }
    insta::assert_snapshot!("comparing", messages.as_ref());
}

#[test]
fn a_guessed_kind_is_called_one_and_hides_nothing() {
    let directory = temporary();
    let directory = directory.path();
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).expect("a file");
    // A head that looks at itself, of an encoder or of a decoder: nobody can tell.
    write("own.json", r#"{"tokens": ["a", "b", "c"], "weights": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}"#);
    let svg = |name: &str| std::fs::read_to_string(directory.join("pictures").join(name)).expect("a picture");
    let hatched = "hidden: a later token";
    let mut messages = Messages::of(directory);
    messages.noted("plot own.json --format svg");
    let guessed = svg("own/decoder_self_L0_H0.svg");
    assert!(guessed.contains("own.json · kind guessed") && !guessed.contains(hatched));

    for (kind, hides) in [("encoder-self", false), ("decoder-self", true), ("cross", false)] {
        printed_alone(directory, &format!("plot own.json --format svg --kind {kind}"));
        let told = svg(&format!("own/{}_L0_H0.svg", kind.replace('-', "_")));
        assert!(!told.contains("guessed"), "{kind}");
        assert_eq!(told.contains(hatched), hides, "{kind}");
    }
    // A decoder whose earlier keys come from a cache: the last query sees all keys, the one before all but the last.
    write(
        "cache.json",
        r#"{"query_tokens": ["c", "d"], "key_tokens": ["a", "b", "c", "d"],
                            "weights": [[0.2, 0.3, 0.5, 0], [0, 0, 0.5, 0.5]]}"#,
    );
    assert_eq!(drawn(directory, "plot cache.json"), ["cross_L0_H0.png"]);
    assert_eq!(drawn(directory, "plot cache.json --kind decoder-self --format svg"), ["decoder_self_L0_H0.svg"]);
    assert!(svg("cache/decoder_self_L0_H0.svg").contains(hatched));
    write("ahead.json", r#"{"tokens": ["a", "b"], "weights": [[0.5, 0.5], [0.5, 0.5]]}"#);
    messages.noted("plot ahead.json --kind decoder-self --format svg");
    insta::assert_snapshot!("guessed", messages.as_ref());
    assert!(!svg("ahead/decoder_self_L0_H0.svg").contains(hatched));
}

#[test]
fn pictures_of_different_things_have_different_names() {
    let directory = temporary();
    let directory = directory.path();
    train(directory);
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).expect("a file");
    std::fs::create_dir(directory.join("deep")).expect("a folder");
    for name in ["a.json", "b.json", "deep/b.json"] {
        write(name, r#"{"tokens": ["a", "b"], "weights": [[[1, 0], [0.5, 0.5]], [[0.5, 0.5], [1, 0]]]}"#);
    }
    let mut seen = std::collections::HashMap::new();
    for request in [
        "plot run --picture lines --out run/heatmaps",
        "plot run --picture lines --head 0",
        "plot run --picture lines --head 1",
        "plot run --picture sheet",
        "plot run --picture sheet --layer 0",
        "plot run --picture sheet --head 0",
        "plot run --combine mean",
        "plot run --combine mean --layer 1",
        "plot run --combine mean --picture lines",
        "plot run --combine mean --with run",
        "plot run --combine mean --with ./run/attention.safetensors",
        "plot run --minus run",
        "plot run --minus run --layer 0",
        "plot run --combine mean --minus run",
        "plot a.json",
        "plot b.json",
        "plot deep/b.json",
        "plot a.json --minus b.json",
        "plot a.json --minus deep/b.json",
        "plot a.json --combine maximum --with b.json",
        "film run",
        "film run --head 0",
        "film run --head 1",
    ] {
        for path in printed(directory, request).lines() {
            if let Some(other) = seen.insert(path.to_string(), request) {
                panic!("{path}: of '{other}' and of '{request}'");
            }
        }
    }
    // A new run takes the place of all those in its own folders.
    printed(
        directory,
        "train copy --out run --force --length 3 --symbols 6 --d-model 16 --heads 2 --layers 1 --d-ff 32 --threads 1 --quiet \
         --max-steps 1",
    );
}

#[test]
fn a_damaged_record_is_called_one() {
    let directory = temporary();
    let directory = directory.path();
    train(directory);
    let path = directory.join("run/attention.safetensors");
    let bytes = std::fs::read(&path).expect("records");
    let mut messages = Messages::of(directory);
    messages.refused("plot run/attention.safetensors --tokens x");
    printed(directory, "plot run/attention.safetensors --out whole");
    // A model is no record, and is not called a damaged one.
    messages.refused("plot run/model.safetensors --tokens x");
    insta::assert_snapshot!("records", messages.as_ref());
    std::fs::write(&path, &bytes[..bytes.len() - 5]).expect("records");
    let line = messages.refused("plot run/attention.safetensors");
    assert!(line.contains("attention.safetensors") && line.contains("files.jsonl"), "{line}");
}

/// Findings with a chart of every kind.
fn findings() -> Findings {
    let axis = |title: &str| Axis { title: title.to_string(), labels: ["a", "b"].map(String::from).to_vec() };
    let [name, title, quantity] = ["grid", "what moves, over 9 examples", "share"].map(String::from);
    let panels = vec![(String::new(), vec![0.0, 0.25, 0.5, 1.0])];
    let grid = Grid { name, title, quantity, scale: Scale::Share, down: axis("query"), across: axis("key"), panels };
    let Grid { title, quantity, .. } = grid.clone();
    let bars = vec![Bar { label: "L0H0".to_string(), value: -0.5, interval: Some([-0.75, -0.25]) }];
    let bars = Bars { name: "bars".to_string(), title: title.clone(), quantity: quantity.clone(), bars };
    let curves = vec![Curve { label: "L0H0".to_string(), head: None, points: vec![(0.0, 0.5, [0.25, 0.75])] }];
    let (across, bands) = ("step".to_string(), Bands::Intervals);
    let curves = Curves { name: "curves".to_string(), title, across, quantity, curves, bands };
    let charts = vec![Chart::Grid(grid), Chart::Bars(bars), Chart::Curves(curves)];
    Findings { lens: "flow".to_string(), examples: 9, charts, ..Findings::default() }
}

#[test]
fn what_a_lens_found() {
    let directory = temporary();
    let directory = directory.path();
    let write = |name: &str, findings: &Findings| {
        std::fs::write(directory.join(name), serde_json::to_vec(findings).expect("JSON")).expect("a file");
    };
    write("found.json", &findings());
    assert_eq!(drawn(directory, "plot found.json"), ["grid.png", "bars.png", "curves.png"]);
    assert!(directory.join("pictures/found/bars.png").exists());
    let svgs = ["grid.svg", "bars.svg", "curves.svg"];
    assert_eq!(drawn(directory, "plot found.json --format svg --theme dark --log --out a"), svgs);

    let mut messages = Messages::of(directory);
    for options in ["--layer 0", "--picture sheet", "--tokens x", "--combine mean"] {
        messages.refused(&format!("plot found.json {options}"));
    }
    let all = findings();
    write("bars.json", &Findings { charts: all.charts[1..2].to_vec(), ..all.clone() });
    messages.refused("plot bars.json --colormap magma");
    messages.refused("plot bars.json --no-values");
    write("none.json", &Findings { charts: Vec::new(), ..all.clone() });
    messages.refused("plot none.json");
    let mut outside = all.clone();
    let Chart::Grid(grid) = &mut outside.charts[0] else { panic!("the first is a grid") };
    grid.name = "../outside".to_string();
    write("outside.json", &outside);
    messages.refused("plot outside.json");
    write("twice.json", &Findings { charts: [&all.charts[..1], &all.charts[..1]].concat(), ..all });
    messages.refused("plot twice.json");
    std::fs::write(directory.join("damaged.json"), "{\"lens\": \"flow\", \"examples\": \"many\"}").expect("a file");
    messages.refused("plot damaged.json");
    insta::assert_snapshot!("findings", messages.as_ref());
}
