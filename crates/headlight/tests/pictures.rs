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
    assert_eq!(drawn(place, "plot run --minus run --out a"), kinds("minus_run.png"));
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
    assert_eq!(drawn(place, "plot run --combine mean --with run --out a"), kinds("mean_with_run.png"));
    let pair = "plot run --combine mean --layer 1 --head 1 --with-head 0,0 --out a";
    assert_eq!(drawn(place, pair), kinds("L1_H1_mean_L0_H0.png"));
    assert_eq!(drawn(place, "plot run --combine mean --picture sheet --layer 0 --out a"), ["L0_mean_sheet.png"]);
    assert_eq!(drawn(place, "plot run --combine mean --picture lines --out a"), kinds("mean_lines.png"));
    // What two equal runs have in common is what one has.
    let svg = |name: &str| std::fs::read_to_string(place.join(name)).expect("a picture");
    for options in ["", " --combine mean --with run"] {
        drawn(place, &format!("plot run --layer 0 --head 0 --format svg --title T --out b{options}"));
    }
    assert_eq!(svg("b/cross_L0_H0.svg"), svg("b/cross_L0_H0_mean_with_run.svg"));
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
    assert_eq!(drawn(place, "film run"), films);
    let chosen = drawn(place, "film run --layer 1 --head 0");
    assert_eq!(chosen[4..], ["cross_L1_H0.gif", "cross_L1_H0.apng"]);
    drawn(place, "film run --head 0 --width 500 --title Mine --out wide");
    let gif = std::fs::read(place.join("wide/cross_H0.gif")).expect("a film");
    assert_eq!(u16::from_le_bytes([gif[6], gif[7]]), 500);
    std::fs::write(place.join("blocked"), "a file").expect("a file");
    let (code, _, error) = run(place, "film run --out blocked/films");
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("cannot write blocked/films"), "{error}");
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
    let svg = std::fs::read_to_string(place.join("pictures/weights/encoder_self_L0_H0.svg")).expect("a picture");
    assert!(svg.contains(">a token<") && !svg.contains("U+000D"));
    refused(place, "plot tokens.txt", "files that end in .npy");
    refused(place, "plot weights.json", "name its 2 tokens with --tokens");
    refused(place, "plot weights.json --tokens x", "has 2 queries, but 1 tokens are named");
    refused(place, "plot weights.json --tokens nosuch.txt", "there is no file 'nosuch.txt'");
    refused(place, "plot weights.json --tokens tokens.txt --key-tokens none.txt", "there is no file 'none.txt'");
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
        refused(
            place,
            &format!("plot a.json {how} b.json --kind cross"),
            "query 1 is \"b\" in one, \"x\" in the other",
        );
        drawn(place, &format!("plot a.json {how} b.json --tokens words.txt"));
    }
}

#[test]
fn a_guessed_kind_is_called_one_and_hides_nothing() {
    let place = temporary();
    let place = place.path();
    let write = |name: &str, text: &str| std::fs::write(place.join(name), text).expect("a file");
    // A head that looks at itself, of an encoder or of a decoder: nobody can tell.
    write("own.json", r#"{"tokens": ["a", "b", "c"], "weights": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}"#);
    let svg = |name: &str| std::fs::read_to_string(place.join("pictures").join(name)).expect("a picture");
    let hatched = "hidden: a later token";
    let (code, _, notes) = run(place, "plot own.json --format svg");
    assert_eq!(code, Some(0), "{notes}");
    assert!(notes.contains("taken for decoder self-attention") && notes.contains("--kind"), "{notes}");
    let guessed = svg("own/decoder_self_L0_H0.svg");
    assert!(guessed.contains("own.json · kind guessed") && !guessed.contains(hatched));

    for (kind, hides) in [("encoder-self", false), ("decoder-self", true), ("cross", false)] {
        let (code, _, notes) = run(place, &format!("plot own.json --format svg --kind {kind}"));
        assert_eq!((code, notes.as_str()), (Some(0), ""), "{kind}");
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
    assert_eq!(drawn(place, "plot cache.json"), ["cross_L0_H0.png"]);
    assert_eq!(drawn(place, "plot cache.json --kind decoder-self --format svg"), ["decoder_self_L0_H0.svg"]);
    assert!(svg("cache/decoder_self_L0_H0.svg").contains(hatched));
    write("ahead.json", r#"{"tokens": ["a", "b"], "weights": [[0.5, 0.5], [0.5, 0.5]]}"#);
    let (_, _, notes) = run(place, "plot ahead.json --kind decoder-self --format svg");
    assert!(notes.contains("no cell is hatched"), "{notes}");
    assert!(!svg("ahead/decoder_self_L0_H0.svg").contains(hatched));
}

#[test]
fn pictures_of_different_things_have_different_names() {
    let place = temporary();
    let place = place.path();
    train(place);
    let write = |name: &str, text: &str| std::fs::write(place.join(name), text).expect("a file");
    std::fs::create_dir(place.join("deep")).expect("a folder");
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
        let (code, said, notes) = run(place, request);
        assert_eq!(code, Some(0), "{request}: {notes}");
        for path in said.lines() {
            if let Some(other) = seen.insert(path.to_string(), request) {
                panic!("{path}: of '{other}' and of '{request}'");
            }
        }
    }
    // A new run takes the place of all those in its own folders.
    let (code, _, error) = run(
        place,
        "train copy --out run --force --length 3 --symbols 6 --d-model 16 --heads 2 --layers 1 \
         --d-ff 32 --threads 1 --quiet --max-steps 1",
    );
    assert_eq!(code, Some(0), "{error}");
}

#[test]
fn a_damaged_record_is_called_one() {
    let place = temporary();
    let place = place.path();
    train(place);
    let path = place.join("run/attention.safetensors");
    let bytes = std::fs::read(&path).expect("records");
    refused(place, "plot run/attention.safetensors --tokens x", "leave out --tokens");
    let (code, _, error) = run(place, "plot run/attention.safetensors --out whole");
    assert_eq!(code, Some(0), "{error}");
    std::fs::write(&path, &bytes[..bytes.len() - 5]).expect("records");
    let (code, _, error) = run(place, "plot run/attention.safetensors");
    assert_ne!(code, Some(0));
    assert!(error.contains("CRC-32") && !error.contains("choose one"), "{error}");
    // A model is no record, and is not called a damaged one.
    let (_, _, error) = run(place, "plot run/model.safetensors --tokens x");
    assert!(error.contains("holds several arrays"), "{error}");
}
