//! `headlight attend` and its relatives on models of other kinds: classifiers, windows, two vocabularies, a file of CTranslate2's.
//!
//! The models are the goldens of `headlight-pretrained`, some with another configuration, some with a tokenizer of a few words.

mod program;

use std::path::{Path, PathBuf};

use headlight_record::MaskCell;
use headlight_runs::read_records;
use program::{Messages, headlight, printed, printed_alone, temporary, text};
use serde_json::{Value, json};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../headlight-pretrained/goldens").join(name)
}

/// A copy of a golden's model under a name, with these options in its configuration.
fn put(directory: &Path, name: &str, golden_name: &str, options: &Value) {
    let to = directory.join(name);
    std::fs::create_dir(&to).expect("a directory");
    for file in ["config.json", "model.safetensors", "model.bin", "vocabulary.json"] {
        let from = golden(golden_name).join(file);
        if from.exists() {
            std::fs::copy(from, to.join(file)).expect("it can be copied");
        }
    }
    let path = to.join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).expect("it is there")).expect("it is JSON");
    for (option, value) in options.as_object().expect("options") {
        config[option] = value.clone();
    }
    std::fs::write(path, config.to_string()).expect("it is written");
}

/// A tokenizer of a few words, numbered from 5 on.
fn put_words(directory: &Path, name: &str) {
    let words = "[PAD] [UNK] [CLS] [SEP] [MASK] the cat sat on a mat it purred".split(' ').collect::<Vec<_>>();
    std::fs::write(directory.join(name).join("vocab.txt"), words.join("\n")).expect("it is written");
}

#[test]
fn a_classifier_says_what_its_numbers_are() {
    let directory = temporary();
    let sigmoid = "torch.nn.modules.activation.Sigmoid";
    let token_classes = json!({"architectures": ["BertForTokenClassification"]});
    for (name, golden, options) in [
        ("shares", "heads/bert-label", json!({})),
        ("each", "heads/bert-label", json!({"problem_type": "multi_label_classification"})),
        ("values", "heads/bert-label", json!({"problem_type": "regression"})),
        ("reranker", "heads/bert-score", json!({})),
        ("likely", "heads/bert-score", json!({"sbert_ce_default_activation_function": sigmoid})),
        ("tokens", "heads/bert-label", token_classes),
        ("sentences", "heads/bert-nothing", json!({})),
    ] {
        put(directory.path(), name, golden, &options);
    }
    let mut messages = Messages::of(directory.path());
    for name in ["shares", "each", "values", "reranker", "likely", "tokens", "sentences"] {
        // The files that it wrote follow.
        let said = printed_alone(directory.path(), &format!("attend {name} --ids \"2 7 9 3\""));
        messages.when(&format!("{name}: {}", said.lines().next().expect("a line")));
    }
    insta::assert_snapshot!("classifiers", messages.as_ref());
}

#[test]
fn keys_outside_a_window_are_masked_in_the_record_and_hatched_in_pictures() {
    let directory = temporary();
    put(directory.path(), "mistral", "mistral", &json!({}));
    let line = "attend mistral --ids \"5 6 7 8 9 10 11\" --padding 1,0,0,0,0,0,0 --format svg --out out";
    printed_alone(directory.path(), line);
    let records = read_records(&directory.path().join("out/attention.safetensors")).expect("records");
    let mask = records[0].mask().expect("a mask");
    let rows: Vec<String> = mask
        .chunks(7)
        .map(|row| {
            let letter = |cell: &MaskCell| match cell {
                MaskCell::Visible => 'v',
                MaskCell::Causal => 'c',
                MaskCell::Padding => 'p',
                MaskCell::Window => 'w',
                MaskCell::Masked => 'm',
            };
            row.iter().map(letter).collect()
        })
        .collect();
    // Four tokens are seen, the query itself counted.
    assert_eq!(rows, ["pcccccc", "pvccccc", "pvvcccc", "pvvvccc", "pvvvvcc", "pwvvvvc", "pwwvvvv"]);
    let picture = directory.path().join("out/heatmaps/decoder_self_grid.svg");
    let picture = std::fs::read_to_string(picture).expect("a picture");
    for words in ["hidden: a later token", "hidden: padding", "hidden: outside the window"] {
        assert!(picture.contains(words), "{words}");
    }
    let page = std::fs::read_to_string(directory.path().join("out/report.html")).expect("a page");
    assert!(page.contains("masked: outside the window"), "the page has words for it");
}

#[test]
fn each_language_has_its_own_tokens() {
    let directory = temporary();
    put(directory.path(), "two", "marian_separate", &json!({}));
    let write = |name: &str, lines: &str| std::fs::write(directory.path().join(name), lines).expect("a file");
    write("fits", "45 49 7 8\t5 6 39\n46 9\t7 8 9 10");
    write("source", "45 50\t5 6");
    write("target", "45 49\t5 45");
    // 45 is a token of the source alone.
    let found: Value =
        serde_json::from_str(&printed(directory.path(), "lens heads two --ids fits --json")).expect("JSON");
    assert_eq!(found["examples"], 2);
    printed(directory.path(), "lens ablate two --ids fits --with zero --json");
    printed(directory.path(), "check two");
    let circuits = printed(directory.path(), "lens circuits two --json");
    let circuits: Value = serde_json::from_str(&circuits).expect("JSON");
    let across = &circuits["charts"][0]["across"]["labels"];
    assert_eq!(across.as_array().map(Vec::len), Some(40), "{across}");
    let mut messages = Messages::of(directory.path());
    messages.refused("lens heads two --ids source");
    messages.refused("lens heads two --ids target");
    messages.refused("lens circuits two --tokens 45");
    insta::assert_snapshot!("two_vocabularies", messages.as_ref());
}

#[test]
fn a_text_that_is_too_long_keeps_its_special_tokens() {
    let directory = temporary();
    put(directory.path(), "bert", "bert", &json!({}));
    put_words(directory.path(), "bert");
    std::fs::write(directory.path().join("texts"), format!("{}\nthe cat sat", "the cat sat on a mat ".repeat(20)))
        .expect("a file");
    let line = "lens heads bert --texts texts --json";
    let output = headlight(directory.path(), line);
    assert_eq!(text(&output.stderr), "note: 1 text cut to the model's 64 positions: 58 tokens left out\n");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["examples"], 2);
    let long = "the cat sat on a mat ".repeat(20);
    let line = format!("lens why bert --layer 0 --head 0 --query 63 --key 0 --input \"{long}\" --json");
    let why = printed(directory.path(), &line);
    assert!(why.contains("63 ([SEP])") && why.contains("0 ([CLS])"), "{why}");
}

#[test]
fn what_ctranslate2_wrote_is_a_model_for_every_command() {
    let directory = temporary();
    put(directory.path(), "whisper", "whisper_ctranslate2", &json!({}));
    std::fs::copy(golden("../tests/media/goldens/sentence.wav"), directory.path().join("sentence.wav"))
        .expect("a copy");
    assert!(printed(directory.path(), "summary whisper").starts_with("whisper: whisper\n"));
    let mut messages = Messages::of(directory.path());
    for line in ["plot whisper", "report whisper", "explain --run whisper", "graph whisper --out graph.svg"] {
        messages.refused(line);
    }
    messages.refused("lens heads whisper");
    messages.refused("check whisper");
    insta::assert_snapshot!("ctranslate2", messages.as_ref());
    // It hears as Whisper does by default, which is more than this tiny one hears.
    let output = headlight(directory.path(), "attend whisper sentence.wav");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.starts_with("note: no preprocessor_config.json says how the model hears"), "{said}");
    assert!(said.contains("the shape is [8, 3000], and the model takes [8, 24]"), "{said}");
}

#[test]
fn one_layer_is_explained_and_some_are_reported() {
    let directory = temporary();
    put(directory.path(), "bert", "bert", &json!({}));
    put_words(directory.path(), "bert");
    let mut messages = Messages::of(directory.path());
    messages.noted("explain \"the cat sat\" --run bert");
    messages.noted("explain \"the cat sat\" --run bert --layer 1");
    messages.noted("explain \"the cat sat\" --run bert --kind encoder-self --layer 1 --head 2");
    printed_alone(directory.path(), "report bert --input \"the cat sat\" --layer 1 -o page.html");
    let page = std::fs::read_to_string(directory.path().join("page.html")).expect("a page");
    assert!(page.contains(r#""layerNumbers":[1]"#), "the page has layer 1 alone");
    printed_alone(directory.path(), "attend bert \"the cat sat\" --out seen");
    messages.refused("report seen --layer 1");
    messages.refused("report bert --input \"the cat sat\" --layer 2");
    insta::assert_snapshot!("layers", messages.as_ref());
}
