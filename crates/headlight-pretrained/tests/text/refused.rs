//! What cannot be read is said in one clear line.

use crate::golden::directory;
use headlight_pretrained::Tokenizer;
use std::path::Path;

/// The error of a kind's directory after a file was replaced, or, without bytes, removed.
fn error(kind: &str, changes: &[(&str, Option<&str>)]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(directory(kind)).expect("goldens") {
        let path = entry.expect("a file").path();
        std::fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("it is copied");
    }
    for (name, bytes) in changes {
        match bytes {
            Some(bytes) => std::fs::write(folder.path().join(name), bytes).expect("it is written"),
            None => std::fs::remove_file(folder.path().join(name)).expect("it is removed"),
        }
    }
    match Tokenizer::open(folder.path()) {
        Ok(_) => panic!("{kind} was read with {changes:?}"),
        Err(error) => error.to_string(),
    }
}

/// A `tokenizer.json` with one step changed.
fn json(step: &str, value: &str) -> String {
    let model = r#"{"type": "WordLevel", "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"}"#;
    let step = if step == "model" { String::new() } else { format!(r#", "{step}": {value}"#) };
    let model = if step.is_empty() { value } else { model };
    format!(r#"{{"version": "1.0", "model": {model}{step}}}"#)
}

#[test]
fn a_directory_without_tokenizer_has_none() {
    assert!(Tokenizer::open(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("nothing is wrong").is_none());
}

#[test]
fn errors_name_the_file_and_what_is_wrong() {
    let of = |class: &str| format!(r#"{{"tokenizer_class": "{class}"}}"#);
    let config = "tokenizer_config.json";
    let errors = [
        error("gpt2", &[(config, Some(&of("CamembertTokenizer")))]),
        error("gpt2", &[(config, None)]),
        error("bert", &[(config, Some(&of("RoFormerTokenizer")))]),
        error("t5", &[(config, Some(&of("XLNetTokenizer")))]),
        error("gpt2", &[("merges.txt", None)]),
        error("gpt2", &[("merges.txt", Some("a b c\n"))]),
        error("gpt2", &[("merges.txt", Some("a b\nz \u{120}x\n"))]),
        error("marian", &[("target.spm", None)]),
        error("marian", &[("source.spm", Some("no protocol buffer"))]),
        error("bert", &[("vocab.txt", Some("the\ncat\n"))]),
        error("whisper", &[("added_tokens.json", Some(r#"{"<|startoftranscript|>": 7}"#))]),
        error("gpt2", &[(config, Some("{"))]),
        error("bert", &[("tokenizer.json", Some(&json("pre_tokenizer", r#"{"type": "Jieba"}"#)))]),
        error("bert", &[("tokenizer.json", Some(&json("normalizer", r#"{"lowercase": true}"#)))]),
        error(
            "bert",
            &[(
                "tokenizer.json",
                Some(&json("normalizer", r#"{"type": "Precompiled", "precompiled_charsmap": "AAAAQA=="}"#)),
            )],
        ),
        error(
            "bert",
            &[(
                "tokenizer.json",
                Some(&json(
                    "post_processor",
                    r#"{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}], "pair": [], "special_tokens": {}}"#,
                )),
            )],
        ),
        error(
            "bert",
            &[(
                "tokenizer.json",
                Some(&json("decoder", r#"{"type": "Strip", "content": " ", "start": 0, "stop": 1}"#)),
            )],
        ),
        error("bert", &[("tokenizer.json", Some(&json("pre_tokenizer", r#"{"type": "FixedLength", "length": 0}"#)))]),
        error(
            "bert",
            &[(
                "tokenizer.json",
                Some(&json("model", r#"{"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}"#)),
            )],
        ),
        error(
            "bert",
            &[("tokenizer.json", Some(&json("model", r#"{"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []}"#)))],
        ),
        error("bert", &[("tokenizer.json", Some(&json("model", r#"{"type": "Neural", "vocab": {"a": 0}}"#)))]),
    ];
    for error in &errors {
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    insta::assert_snapshot!(errors.join("\n"));
}
