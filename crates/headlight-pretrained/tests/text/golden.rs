//! Every kind beside what Hugging Face's own class makes of the same files; `golden_tokenizers.py` is the recipe.

use headlight_pretrained::Tokenizer;
use serde_json::Value;
use std::path::{Path, PathBuf};

pub(crate) fn directory(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/text/goldens").join(kind)
}

fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().expect("numbers").iter().map(|number| number.as_u64().expect("a number") as usize).collect()
}

fn checksum(ids: &[usize]) -> u64 {
    ids.iter().fold(0, |value, id| (value * 31 + *id as u64 + 1) % 1_000_003)
}

fn as_in_python(kind: &str) {
    let tokenizer = Tokenizer::open(&directory(kind)).expect("it is read").expect("it is there");
    let golden = std::fs::read_to_string(directory(kind).join("golden.json")).expect("it is there");
    let golden: Value = serde_json::from_str(&golden).expect("it is JSON");
    let mut wrong = Vec::new();
    for example in golden["examples"].as_array().expect("examples") {
        let text = example["text"].as_str().expect("a text");
        let second = example["second"].as_str();
        let encoding = tokenizer.encode(text, second).expect("it is encoded");
        let raw: Value = tokenizer.raw(&encoding.ids).into();
        let decoded = tokenizer.decode(&encoding.ids);
        if encoding.ids != numbers(&example["ids"]) || raw != example["tokens"] {
            wrong.push(format!("{text:?} {second:?}\n   {raw}\n   {}", example["tokens"]));
        } else if !example["segments"].is_null() && encoding.segments != numbers(&example["segments"]) {
            wrong.push(format!("{text:?} {second:?} segments {:?}", encoding.segments));
        } else if Some(decoded.as_str()) != example["decoded"].as_str() {
            wrong.push(format!("{text:?} {second:?}\n   {decoded:?}\n   {}", example["decoded"]));
        }
    }
    for example in golden["targets"].as_array().into_iter().flatten() {
        let text = example["text"].as_str().expect("a text");
        let encoding = tokenizer.encode_target(text).expect("it is encoded");
        if encoding.ids != numbers(&example["ids"]) {
            wrong.push(format!("target {text:?}\n   {:?}\n   {}", tokenizer.raw(&encoding.ids), example["ids"]));
        }
    }
    let long = &golden["long"];
    let text = long["text"].as_str().expect("a text").repeat(long["times"].as_u64().expect("a number") as usize);
    let ids = tokenizer.encode(&text, None).expect("it is encoded").ids;
    if ids.len() as u64 != long["n_tokens"].as_u64().expect("a number")
        || Some(checksum(&ids)) != long["checksum"].as_u64()
    {
        wrong.push(format!("the long text has {} tokens", ids.len()));
    }
    let mask = golden["mask_token"].as_u64().map(|id| id as usize);
    if tokenizer.mask_token() != mask {
        wrong.push(format!("mask token {:?} {mask:?}", tokenizer.mask_token()));
    }
    for id in numbers(&golden["special"]) {
        if !tokenizer.is_special(id) {
            wrong.push(format!("{id} is special: {:?}", tokenizer.raw(&[id])));
        }
    }
    assert!(wrong.is_empty(), "{kind}: {} differences\n{}", wrong.len(), wrong.join("\n"));
}

macro_rules! as_in_python {
    ($($kind:ident)*) => {
        $(#[test]
        fn $kind() {
            as_in_python(stringify!($kind));
        })*
    };
}

as_in_python! {
    bert bert_cased gpt2 gpt_neox qwen2 roberta opt whisper marian t5 albert llama
    json_word_piece json_byte_level json_llama json_t5
}
