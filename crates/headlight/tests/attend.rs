//! `headlight attend`, and models where other commands take a run: files, exit codes, and lines that say what is wrong.
//!
//! The models are the goldens of `headlight-pretrained`: tiny, without tokenizers, so that their tokens are numbers.

mod program;

use std::path::{Path, PathBuf};

use headlight_record::AttentionKind::{Cross, DecoderSelf, EncoderSelf};
use headlight_record::{AttentionRecord, MaskCell};
use headlight_runs::read_records;
use program::{Messages, contents, headlight, printed, printed_alone, temporary, text};

/// The directory of a golden, which the line of a command can name.
fn golden(name: &str) -> String {
    format!("{}/../headlight-pretrained/goldens/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A copy of a golden's model in a directory, so that messages name no path of this machine.
fn with_models(names: &[&str]) -> tempfile::TempDir {
    let directory = temporary();
    for name in names {
        let to = directory.path().join(name);
        std::fs::create_dir(&to).expect("a directory");
        for file in ["config.json", "model.safetensors"] {
            std::fs::copy(Path::new(&golden(name)).join(file), to.join(file)).expect("a golden has it");
        }
    }
    directory
}

fn names_in(directory: &Path) -> Vec<PathBuf> {
    let files = contents(directory).into_iter().filter(|(_, bytes)| bytes.is_some());
    files.map(|(path, _)| path.strip_prefix(directory).expect("below it").to_owned()).collect()
}

fn records(directory: &Path, out: &str) -> Vec<AttentionRecord> {
    read_records(&directory.join(out).join("attention.safetensors")).expect("records")
}

#[test]
fn a_decoder_says_what_comes_next_and_leaves_its_heads() {
    let directory = temporary();
    let said = printed_alone(directory.path(), &format!("attend {} --ids \"17 4 33\"", golden("gpt2")));
    assert!(said.starts_with("next token: "), "{said}");
    let files = ["attention.safetensors", "heatmaps/decoder_self_grid.png", "report.html"];
    assert_eq!(names_in(&directory.path().join("attention/gpt2")), files.map(PathBuf::from));
    let [record] = &records(directory.path(), "attention/gpt2")[..] else { panic!("one kind of attention") };
    assert_eq!((record.kind(), record.shape()), (DecoderSelf, [2, 4, 3, 3]));
    assert_eq!(record.query_tokens(), ["17", "4", "33"]);
    assert_eq!(record.mask().expect("a causal mask")[1], MaskCell::Causal);
    assert!(record.projections().is_some());
    // What it wrote is a source for other commands.
    printed(directory.path(), "plot attention/gpt2 --layer 1 --head 0");
    assert!(directory.path().join("attention/gpt2/heatmaps/decoder_self_L1_H0.png").is_file());
    printed(directory.path(), "report attention/gpt2/attention.safetensors -o page.html");
}

#[test]
fn chosen_layers_keep_their_numbers() {
    let directory = temporary();
    let line = format!("attend {} --ids \"17 4 33 8\" --layer 1 --head 0,2 --out one", golden("gpt2"));
    printed_alone(directory.path(), &line);
    let pictures = ["L1_H0+2_grid", "L1_H0", "L1_H2"].map(|name| PathBuf::from(format!("decoder_self_{name}.png")));
    assert_eq!(names_in(&directory.path().join("one/heatmaps")), pictures);
    let [one] = &records(directory.path(), "one")[..] else { panic!("one kind of attention") };
    assert_eq!((one.shape(), one.layer_numbers()), ([1, 4, 4, 4], vec![1]));

    printed_alone(directory.path(), &format!("attend {} --ids \"17 4 33 8\" --out all", golden("gpt2")));
    let [all] = &records(directory.path(), "all")[..] else { panic!("one kind of attention") };
    // The layer before it hands on the same up to rounding, whether or not its own weights are kept.
    let difference = all.head(1, 2).iter().zip(one.head(0, 2)).map(|(one, other)| (one - other).abs());
    assert!(difference.fold(0.0, f32::max) < 1e-6);
    printed(directory.path(), "plot one --layer 1 --head 2 --out pictures");
    let mut messages = Messages::of(directory.path());
    messages.refused("plot one --layer 0 --out pictures");
    insta::assert_snapshot!("attend_layers", messages.as_ref());
}

#[test]
fn an_encoder_says_what_it_expects_and_keeps_padding_and_texts_apart() {
    let directory = temporary();
    let line = "--ids \"2 5 3 9 3 0\" --segment-ids \"0 0 0 1 1 0\" --padding 0,0,0,0,0,1 --out out";
    let said = printed_alone(directory.path(), &format!("attend {} {line}", golden("bert")));
    assert!(said.starts_with("expects at each position: "), "{said}");
    let [record] = &records(directory.path(), "out")[..] else { panic!("one kind of attention") };
    assert_eq!((record.kind(), record.segments()), (EncoderSelf, Some(&[0, 0, 0, 1, 1, 0][..])));
    let mask = record.mask().expect("padding is masked");
    assert_eq!((mask[4], mask[5]), (MaskCell::Visible, MaskCell::Padding));
}

#[test]
fn an_encoder_and_decoder_continue_by_themselves_or_as_told() {
    let directory = temporary();
    for model in ["marian", "bart"] {
        let line = format!("attend {} --ids \"17 4 33\" --max-tokens 200 --out free", golden(model));
        let said = printed(directory.path(), &line);
        assert!(said.starts_with("continues with: "), "{model}: {said}");
        let free = records(directory.path(), "free");
        assert_eq!(free.iter().map(AttentionRecord::kind).collect::<Vec<_>>(), [EncoderSelf, DecoderSelf, Cross]);
        let line = format!("attend {} --ids \"17 4 33\" --target-ids \"1 8\" --out told", golden(model));
        let said = printed_alone(directory.path(), &line);
        assert!(said.starts_with("next token: "), "{model}: {said}");
        let told = records(directory.path(), "told");
        assert_eq!(told[2].shape()[2..], [2, 3], "{model}");
        assert_eq!(told[2].query_tokens(), ["1", "8"]);
    }
}

#[test]
fn a_text_that_a_decoder_continues_is_cut_with_a_word() {
    let directory = temporary();
    let continued = |rest: &str| {
        let output =
            headlight(directory.path(), &format!("attend {} --ids \"17 4 33\" --out out {rest}", golden("t5")));
        assert_eq!(output.status.code(), Some(0), "{rest}");
        let said = text(&output.stdout);
        let said = said.lines().next().and_then(|line| line.strip_prefix("continues with: ")).expect("it continues");
        (said.split(' ').count(), text(&output.stderr))
    };
    assert_eq!(continued(""), (64, "note: cut after 64 tokens: it goes on with --max-tokens 128\n".to_owned()));
    assert_eq!(
        continued("--max-tokens 3"),
        (3, "note: cut after 3 tokens: it goes on with --max-tokens 6\n".to_owned())
    );
    // Marian has 64 positions, the first of which is the token that it begins with.
    let line = format!("attend {} --ids \"17 4 33\" --max-tokens 200 --out out", golden("marian"));
    let note = text(&headlight(directory.path(), &line).stderr);
    assert_eq!(note, "note: it ends after 63 tokens, as many as the model allows\n");
    let alone = headlight(directory.path(), &format!("attend {} --ids 7 --max-tokens 3 --out out", golden("gpt2")));
    assert_eq!(alone.status.code(), Some(2), "a text that is not continued has no such limit");
}

#[test]
fn positions_are_chosen_for_what_is_shown_and_not_for_the_record() {
    let directory = temporary();
    let line = format!("attend {} --ids \"1 2 3 4 5 6\" --queries 1-2 --keys 0,2 --out out", golden("gpt2"));
    printed_alone(directory.path(), &line);
    assert_eq!(records(directory.path(), "out")[0].shape()[2..], [6, 6]);
    let page = std::fs::read_to_string(directory.path().join("out/report.html")).expect("a page");
    assert!(page.contains(r#""queryTokens":["2","3"],"keyTokens":["1","3"]"#), "the page shows what was chosen");
}

#[test]
fn a_picture_model_takes_pixels() {
    let directory = temporary();
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    let header = format!("{:<117}\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 12, 12), }");
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.bytes());
    file.extend((0..3 * 12 * 12).flat_map(|at| (at as f32 / 432.0).to_le_bytes()));
    std::fs::write(directory.path().join("pixels.npy"), file).expect("a file");
    let said = printed_alone(directory.path(), &format!("attend {} --features pixels.npy --out out", golden("vit")));
    assert!(said.starts_with("label: "), "{said}");
    let [record] = &records(directory.path(), "out")[..] else { panic!("one kind of attention") };
    assert_eq!(record.shape(), [2, 4, 10, 10]);
    assert_eq!(record.query_tokens()[..3], ["[CLS]", "0,0", "0,1"]);
}

#[test]
fn models_are_sources_of_other_commands() {
    let directory = with_models(&["gpt2"]);
    let mut messages = Messages::of(directory.path());
    messages.printed("summary gpt2");
    for command in ["plot gpt2", "report gpt2", "explain --run gpt2", "graph gpt2 --out graph.svg"] {
        messages.refused(command);
    }
    // Its tokens are numbers, and a text needs a tokenizer.
    messages.refused("plot gpt2 --input \"the cat\"");
    messages.refused("summary gpt2 --length 3");
    insta::assert_snapshot!("model_sources", messages.as_ref());
    let json: serde_json::Value =
        serde_json::from_str(&printed(directory.path(), "summary gpt2 --json")).expect("JSON");
    assert_eq!((&json["family"], &json["sizes"]["n_layer"]), (&"gpt2".into(), &2.into()));
}

#[test]
fn what_a_model_cannot_be_asked_is_one_line() {
    let directory = with_models(&["gpt2", "marian", "vit"]);
    std::fs::create_dir(directory.path().join("empty")).expect("a directory");
    std::fs::create_dir(directory.path().join("other")).expect("a directory");
    std::fs::write(directory.path().join("other/config.json"), r#"{"model_type": "mamba"}"#).expect("a file");
    std::fs::write(directory.path().join("other/model.safetensors"), b"\x02\0\0\0\0\0\0\0{}").expect("a file");
    std::fs::create_dir_all(directory.path().join("attention/mine")).expect("a directory");
    std::fs::write(directory.path().join("attention/mine/attention.safetensors"), "mine").expect("a file");
    let mut messages = Messages::of(directory.path());
    for line in [
        "gpt2",
        "gpt2 hello",
        "gpt2 --ids \"\"",
        "gpt2 --ids \"1 x\"",
        "gpt2 --ids 50",
        &format!("gpt2 --ids \"{}\"", "1 ".repeat(65)),
        "gpt2 --ids \"1 2\" --layer 2",
        "gpt2 --ids \"1 2\" --head 4",
        "gpt2 --ids \"1 2\" --queries 2",
        "gpt2 --ids \"1 2\" --segment-ids \"0 1\"",
        "gpt2 --ids \"1 2\" --padding 0",
        "gpt2 --ids \"1 2\" --padding 0,2",
        "gpt2 --ids \"1 2\" --target-ids 1",
        "gpt2 --ids \"1 2\" hello",
        "gpt2 --features missing.npy",
        "marian --ids \"1 2\" --features missing.npy",
        "vit --ids \"1 2\"",
        "vit",
        "vit picture.png",
        "vit --features missing.npy",
        "empty --ids 1",
        "other --ids 1",
        "no/such/model --ids 1",
        "gpt2 --ids 1 --out gpt2",
        "gpt2 --ids 1 --out attention/mine",
    ] {
        messages.refused(&format!("attend {line}"));
    }
    insta::assert_snapshot!("attend", messages.as_ref().replace(&cache(), "CACHE"));
}

/// Where the models of Hugging Face's libraries are, as the messages name it.
fn cache() -> String {
    let named = |name: &str| std::env::var(name).ok();
    let home = || std::env::home_dir().expect("a home").join(".cache").display().to_string();
    let home =
        named("HF_HOME").unwrap_or_else(|| format!("{}/huggingface", named("XDG_CACHE_HOME").unwrap_or_else(home)));
    named("HF_HUB_CACHE").unwrap_or_else(|| format!("{home}/hub"))
}

#[test]
fn the_cache_is_listed_and_named() {
    let directory = temporary();
    let snapshot = directory.path().join("models--org--tiny/snapshots/607a30d783dfa663caf39e06633721c8d4cfcd7e");
    std::fs::create_dir_all(&snapshot).expect("a directory");
    for file in ["config.json", "model.safetensors"] {
        std::fs::copy(Path::new(&golden("gpt2")).join(file), snapshot.join(file)).expect("a golden has it");
    }
    let other = directory.path().join("models--mamba/snapshots/607a30d783dfa663caf39e06633721c8d4cfcd7e");
    std::fs::create_dir_all(&other).expect("a directory");
    std::fs::write(other.join("config.json"), r#"{"model_type": "mamba"}"#).expect("a file");
    let run = |line: &str| {
        let mut command = program::command(directory.path(), line);
        let output = command.env("HF_HUB_CACHE", directory.path()).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    insta::assert_snapshot!("models", run("models"));
    let json: serde_json::Value = serde_json::from_str(&run("models --json")).expect("JSON");
    assert_eq!((&json[1]["name"], &json[1]["known"]), (&"org/tiny".into(), &true.into()));
    run("attend org/tiny --ids \"1 2\"");
    assert!(directory.path().join("attention/tiny/report.html").is_file());
}

#[test]
fn a_build_without_the_network_says_how_to_get_one_with_it() {
    if cfg!(feature = "download") {
        return;
    }
    let directory = temporary();
    assert!(Messages::of(directory.path()).refused("download gpt2").contains("--features download"));
}
