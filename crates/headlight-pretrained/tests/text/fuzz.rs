//! Files that were damaged: they are refused in one line or read, and nothing panics or takes memory without bounds.

use crate::golden::directory;
use headlight_pretrained::Tokenizer;
use peak_alloc::PeakAlloc;
use serde_json::Value;
use std::path::Path;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const TEXTS: [&str; 4] =
    ["The cat's naïve, déjà vu 1984!", "  我们 😀\u{200d}e\u{301} ▁\n\t ﬁ½ ", "</s>[MASK] <mask><|endoftext|>", ""];

/// Numbers that follow from a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// One to four bytes changed, cut out, repeated or replaced by what else occurs in the file.
fn damaged(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        let other = dice.below(bytes.len());
        let length = dice.below(12).min(bytes.len() - at.max(other).min(bytes.len()));
        match dice.below(6) {
            0 if !bytes.is_empty() => bytes[at] = dice.below(256) as u8,
            1 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let copy = bytes[other..other + length].to_vec();
                bytes.splice(at..at, copy);
            }
            4 => bytes.truncate(at),
            _ => {
                let copy = bytes[other..other + length].to_vec();
                bytes.splice(at..at + length, copy);
            }
        }
    }
    bytes
}

/// A value of a JSON value, more likely a large part than one of the many entries of a vocabulary.
fn somewhere<'a>(value: &'a mut Value, dice: &mut Dice) -> &'a mut Value {
    let n_parts = match &*value {
        Value::Array(parts) => parts.len(),
        Value::Object(parts) => parts.len(),
        _ => 0,
    };
    if n_parts == 0 || dice.below(8) == 0 {
        return value;
    }
    let at = dice.below(n_parts);
    let part = match value {
        Value::Array(parts) => parts.get_mut(at),
        Value::Object(parts) => parts.values_mut().nth(at),
        _ => None,
    };
    somewhere(part.expect("it has so many parts"), dice)
}

/// One or two values replaced by others of the file or by what a reader may stumble over.
fn damaged_json(json: &Value, dice: &mut Dice) -> Vec<u8> {
    let mut json = json.clone();
    for _ in 0..=dice.below(2) {
        let odd = [
            Value::Null,
            Value::Bool(dice.below(2) == 0),
            0.into(),
            (-1).into(),
            u32::MAX.into(),
            u64::MAX.into(),
            1e308.into(),
            "".into(),
            "(a|b|ab)*(?=c)".into(),
            "(".into(),
            "\u{301}😀".into(),
            "a".repeat(5000).into(),
            Value::Array(Vec::new()),
            serde_json::json!({}),
        ];
        let new = match dice.below(3) {
            0 => somewhere(&mut json, dice).clone(),
            _ => odd[dice.below(odd.len())].clone(),
        };
        *somewhere(&mut json, dice) = new;
    }
    serde_json::to_vec(&json).expect("it is written")
}

/// Everything that can be asked of a tokenizer.
fn use_it(directory: &Path) -> bool {
    let Ok(Some(tokenizer)) = Tokenizer::open(directory) else { return false };
    for text in TEXTS {
        for second in [None, Some("on the mat")] {
            if let Ok(encoding) = tokenizer.encode(text, second) {
                assert_eq!(encoding.ids.len(), encoding.segments.len());
                assert_eq!(tokenizer.readable(&encoding.ids).len(), encoding.ids.len());
                tokenizer.decode(&encoding.ids);
            }
        }
        let _ = tokenizer.encode_target(text).is_ok();
    }
    let ids: Vec<usize> = (0..600).chain([u32::MAX as usize, usize::MAX]).collect();
    tokenizer.decode(&ids);
    tokenizer.raw(&ids);
    tokenizer.readable(&ids);
    tokenizer.mask_token();
    true
}

fn survives(kind: &str, file: &str, n: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(directory(kind)).expect("goldens") {
        let path = entry.expect("a file").path();
        if path.file_name().is_some_and(|name| name != "golden.json") {
            std::fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("it is copied");
        }
    }
    let bytes = std::fs::read(folder.path().join(file)).expect("the file");
    let json = serde_json::from_slice::<Value>(&bytes).ok();
    let mut dice = Dice(0x2545_f491_4f6c_dd1d ^ bytes.len() as u64);
    let mut n_read = 0;
    for at in 0..n {
        let mutated = match &json {
            Some(json) if at % 4 != 0 => damaged_json(json, &mut dice),
            _ => damaged(&bytes, &mut dice),
        };
        std::fs::write(folder.path().join(file), &mutated).expect("it is written");
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        n_read += usize::from(use_it(folder.path()));
        let used = MEMORY.peak_usage().saturating_sub(before);
        assert!(used < 100 * mutated.len() + (16 << 20), "{used} bytes for a file of {}", mutated.len());
    }
    println!("{kind}/{file}: {n_read} of {n} read");
    assert!(n_read > 0 && n_read < n, "{kind}/{file}: {n_read} of {n} damaged files were read");
}

#[test]
fn damaged_files_are_refused_or_read() {
    for (kind, file) in [
        ("json_word_piece", "tokenizer.json"),
        ("json_byte_level", "tokenizer.json"),
        ("json_llama", "tokenizer.json"),
        ("json_t5", "tokenizer.json"),
        ("bert", "vocab.txt"),
        ("bert_cased", "tokenizer_config.json"),
        ("gpt2", "merges.txt"),
        ("qwen2", "vocab.json"),
        ("qwen2", "tokenizer_config.json"),
        ("whisper", "added_tokens.json"),
        ("marian", "source.spm"),
        ("marian", "vocab.json"),
        ("t5", "spiece.model"),
        ("albert", "spiece.model"),
        ("llama", "tokenizer.model"),
    ] {
        survives(kind, file, 400);
    }
}
