//! `headlight plot` of other kinds and other people's weights, and `headlight film`.

mod program;

use std::path::Path;

use program::{headlight, temporary};

fn run(place: &Path, arguments: &str) -> (Option<i32>, String, String) {
    let output = headlight(place, arguments.split(' '));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Runs what must succeed, and returns the names of the files that it wrote.
fn drawn(place: &Path, arguments: &str) -> Vec<String> {
    let (code, said, notes) = run(place, arguments);
    assert_eq!(code, Some(0), "{arguments}: {notes}");
    let paths: Vec<&str> = said.lines().collect();
    for path in &paths {
        let bytes = std::fs::read(place.join(path)).expect("the file is there");
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

fn refused(place: &Path, arguments: &str, why: &str) {
    let (code, said, error) = run(place, arguments);
    assert_eq!((code, said.as_str()), (Some(2), ""), "{arguments}: {error}");
    assert!(error.lines().count() == 1 && error.contains(why), "{arguments}: {error}");
}

fn train(place: &Path) {
    let (code, _, error) = run(
        place,
        "train copy --out run --length 3 --symbols 6 --d-model 16 --heads 2 --layers 2 --d-ff 32 --threads 1 --quiet \
         --max-steps 6 --record-every 2 --architecture encoder-decoder",
    );
    assert_eq!(code, Some(0), "{error}");
}

#[test]
fn every_kind_of_picture_of_a_run() {
    let place = temporary();
    let place = place.path();
    train(place);
    let kinds = |what: &str| ["encoder_self", "decoder_self", "cross"].map(|kind| format!("{kind}_{what}"));
    assert_eq!(drawn(place, "plot run --picture sheet --out a"), ["sheet.png"]);
    assert_eq!(drawn(place, "plot run --picture lines --format svg --out a"), kinds("lines.svg"));
    assert_eq!(drawn(place, "plot run --picture curves --out a"), ["curves.png"]);
    let positions = ["positions_sinusoidal.png", "positions_rotary.png", "positions_alibi.png"];
    assert_eq!(drawn(place, "plot run --picture positions --out a"), positions);
    assert_eq!(drawn(place, "plot run --combine mean --out a"), kinds("mean.png"));
    assert_eq!(drawn(place, "plot run --minus run --out a"), kinds("difference.png"));
    assert_eq!(
        drawn(place, "plot run --layer 1 --head 0 --minus-head 0,1 --theme dark --out a"),
        kinds("L1_H0_minus_L0_H1.png")
    );
    let some = drawn(place, "plot run --layer 1 --head 0-1 --out a");
    assert_eq!(some[..3], ["encoder_self_L1_H0.png", "encoder_self_L1_H1.png", "encoder_self_L1_H0+1_grid.png"]);
    refused(place, "plot run --layer 1 --head 0 --minus-head 7,1", "layer 7 does not exist");
    refused(place, "plot run --minus-head 0,1", "--layer");
    refused(place, "plot run --layer 0-1 --head 0 --minus-head 0,1", "choose one with --layer");
    refused(place, "plot run --minus nowhere", "nowhere");
    refused(place, "plot run --tokens x", "leave out --tokens");
}

#[test]
fn means_and_maxima_of_heads_and_runs() {
    let place = temporary();
    let place = place.path();
    train(place);
    let kinds = |what: &str| ["encoder_self", "decoder_self", "cross"].map(|kind| format!("{kind}_{what}"));
    assert_eq!(drawn(place, "plot run --combine maximum --head 0 --out a"), kinds("H0_maximum.png"));
    assert_eq!(drawn(place, "plot run --combine mean --with run --out a"), kinds("mean_of_two.png"));
    let pair = "plot run --combine mean --layer 1 --head 1 --with-head 0,0 --out a";
    assert_eq!(drawn(place, pair), kinds("L1_H1_mean_L0_H0.png"));
    assert_eq!(drawn(place, "plot run --combine mean --picture sheet --layer 0 --out a"), ["mean_sheet.png"]);
    assert_eq!(drawn(place, "plot run --combine mean --picture lines --out a"), kinds("mean_lines.png"));
    // What two equal runs have in common is what one has.
    let svg = |name: &str| std::fs::read_to_string(place.join(name)).expect("a picture");
    for options in ["", " --combine mean --with run"] {
        drawn(place, &format!("plot run --layer 0 --head 0 --format svg --title T --out b{options}"));
    }
    assert_eq!(svg("b/cross_L0_H0.svg"), svg("b/cross_mean_of_two.svg"));
    refused(place, "plot run --combine mean --head 2", "head 2 does not exist");
    refused(place, "plot run --combine mean --head 0 --layer 0 --with-head 0,2", "head 2 does not exist");
    refused(place, "plot run --combine mean --head 0 --with-head 0,1", "--layer");
    refused(place, "plot run --with run", "--combine");
    refused(place, "plot run --picture sheet --layer 7", "layer 7 does not exist");
}

#[test]
fn a_flag_without_effect_is_refused() {
    let place = temporary();
    let place = place.path();
    train(place);
    let idle = |arguments: &str, flag: &str| {
        refused(place, &format!("plot run {arguments}"), &format!("has no use for {flag}: leave it out"));
    };
    for picture in ["curves", "positions"] {
        for (given, flag) in [
            ("--log", "--log"),
            ("--normalize", "--normalize"),
            ("--threshold 0.1", "--threshold"),
            ("--colormap viridis", "--colormap"),
            ("--layer 0", "--layer"),
            ("--head 0", "--head"),
            ("--combine mean", "--combine"),
            ("--minus run", "--minus"),
            ("--input x", "--input"),
        ] {
            idle(&format!("--picture {picture} {given}"), flag);
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
    refused(place, "film run --format svg", "--format");
}

#[test]
fn films_of_a_run() {
    let place = temporary();
    let place = place.path();
    train(place);
    let films: Vec<String> = ["encoder_self", "decoder_self", "cross"]
        .iter()
        .flat_map(|kind| ["gif", "apng"].map(|extension| format!("{kind}.{extension}")))
        .collect();
    assert_eq!(drawn(place, "film run --head 0"), films);
    drawn(place, "film run --head 0 --width 500 --title Mine --out wide");
    let gif = std::fs::read(place.join("wide/cross.gif")).expect("a film");
    assert_eq!(u16::from_le_bytes([gif[6], gif[7]]), 500);
    std::fs::remove_dir_all(place.join("run/records")).expect("records");
    refused(place, "film run", "--record-every");
    refused(place, "film nowhere", "nowhere");
}

#[test]
fn weights_of_others() {
    let place = temporary();
    let place = place.path();
    let write = |name: &str, text: &str| std::fs::write(place.join(name), text).expect("a file");
    write("weights.json", "[[[1, 0], [0.5, 0.5]], [[0.25, 0.75], [0.5, 0.5]]]");
    write("tokens.txt", "a token\nof two\n");
    write("tokens3.txt", "x y z");
    let heads = ["encoder_self_L0_H0.png", "encoder_self_L0_H1.png", "encoder_self_grid.png"];
    assert_eq!(drawn(place, "plot weights.json --tokens tokens.txt"), heads);
    let cross = ["cross_L0_H0.png", "cross_L0_H1.png", "cross_grid.png"];
    assert_eq!(drawn(place, "plot weights.json --tokens tokens.txt --key-tokens tokens.txt"), heads);
    write("keys.txt", "x y");
    assert_eq!(drawn(place, "plot weights.json --tokens tokens.txt --key-tokens keys.txt"), cross);
    write("named.json", r#"{"tokens": ["a", "b"], "weights": [[0.9, 0], [0.5, 0.5]]}"#);
    let (code, _, note) = run(place, "plot named.json");
    assert_eq!(code, Some(0), "{note}");
    assert!(note.contains("does not sum to 1") && note.contains("0.100"), "{note}");
    write("windows.txt", "a token\r\nof two\r\n");
    assert_eq!(
        drawn(place, "plot weights.json --tokens windows.txt --format svg"),
        heads.map(|name| name.replace("png", "svg"))
    );
    let svg = std::fs::read_to_string(place.join("pictures/encoder_self_L0_H0.svg")).expect("a picture");
    assert!(svg.contains(">a token<") && !svg.contains("U+000D"));
    // Weights that never look ahead are a decoder's.
    write("back.json", "[[1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]]");
    let back = ["decoder_self_L0_H0.svg", "decoder_self_grid.svg"];
    assert_eq!(drawn(place, "plot back.json --tokens tokens3.txt --format svg"), back);
    let svg = std::fs::read_to_string(place.join("pictures/decoder_self_L0_H0.svg")).expect("a picture");
    assert!(svg.contains("hidden: a later token"));
    refused(place, "plot tokens.txt", "files that end in .npy");
    refused(place, "plot weights.json", "name its 2 tokens with --tokens");
    refused(place, "plot weights.json --tokens x", "has 2 queries, but 1 tokens are named");
    refused(place, "plot named.json --batch-index 0", "leave out --batch-index");
    refused(place, "plot nowhere.npy --tokens x", "nowhere.npy");
    refused(place, "plot named.json --input x", "leave out --input");
    write("bad.json", r#"{"tokens": ["a"], "weights": [[-1]]}"#);
    refused(place, "plot bad.json", "is no attention weight");
    write("broken.npz", "PK");
    refused(place, "plot broken.npz --tokens x", "broken.npz");
}

#[test]
fn unlike_sources_are_not_compared() {
    let place = temporary();
    let place = place.path();
    let write = |name: &str, text: &str| std::fs::write(place.join(name), text).expect("a file");
    write("a.json", r#"{"tokens": ["a", "b"], "weights": [[1, 0], [0.5, 0.5]]}"#);
    write("b.json", r#"{"tokens": ["a", "x"], "weights": [[1, 0], [0.5, 0.5]]}"#);
    write("words.txt", "one two");
    for how in ["--minus", "--combine mean --with"] {
        refused(place, &format!("plot a.json {how} b.json"), "query 1 is \"b\" in one, \"x\" in the other");
        drawn(place, &format!("plot a.json {how} b.json --tokens words.txt"));
    }
}
