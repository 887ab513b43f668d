//! Tokens as a reader knows them.

use crate::golden::directory;
use headlight_pretrained::Tokenizer;

fn shown(kind: &str, text: &str) -> Vec<String> {
    let tokenizer = Tokenizer::open(&directory(kind)).expect("it is read").expect("it is there");
    tokenizer.readable(&tokenizer.encode(text, None).expect("it is encoded").ids)
}

#[test]
fn every_kind_is_shown_as_text() {
    for (kind, text, expected) in [
        ("bert", "readable dogged", &["[CLS]", "read", "a", "b", "le", "dog", "g", "ed", "[SEP]"][..]),
        ("roberta", "hello world", &["<s>", "hello", " world", "</s>"]),
        ("t5", "the cat", &[" the", " cat", "</s>"]),
        ("marian", ">>fra<< the cat", &[">>fra<<", " the", " cat", "</s>"]),
        ("whisper", "the", &["<|startoftranscript|>", "<|notimestamps|>", "the", "<|endoftext|>"]),
    ] {
        assert_eq!(shown(kind, text), expected, "{kind}");
    }
}

#[test]
fn tokens_that_share_a_character_have_their_own_labels() {
    let labels = |kind| shown(kind, "😀").into_iter().filter(|label| label.starts_with('\\')).collect::<Vec<_>>();
    assert_eq!(labels("gpt2"), ["\\xF0", "\\x9F", "\\x98", "\\x80"]);
    assert_eq!(labels("llama"), ["\\xF0", "\\x9F", "\\x98", "\\x80"]);
    // Characters that a vocabulary has are whole, also where it spells them as bytes.
    assert_eq!(shown("gpt2", "é 中 猫e\u{301}").concat(), "é 中 \\xE7\\x8C\\xABe\\xCC\\x81");
}

#[test]
fn a_text_comes_back() {
    for kind in ["gpt2", "qwen2", "llama", "json_byte_level"] {
        let tokenizer = Tokenizer::open(&directory(kind)).expect("it is read").expect("it is there");
        for text in ["the cat's naïve, 中文 😀 👨\u{200d}👩\u{200d}👧!", "two  spaces", "नमस्ते\nשלום\u{202e}"]
        {
            let ids = tokenizer.encode(text, None).expect("it is encoded").ids;
            assert_eq!(tokenizer.decode(&ids), text, "{kind}");
        }
        assert_eq!(tokenizer.decode(&[]), "");
    }
}

#[test]
fn numbers_beyond_the_vocabulary_are_shown_as_such() {
    for kind in ["bert", "gpt2", "marian"] {
        let tokenizer = Tokenizer::open(&directory(kind)).expect("it is read").expect("it is there");
        assert_eq!(tokenizer.readable(&[123_456]), ["[123456]"]);
        assert_eq!(tokenizer.raw(&[usize::MAX]), [format!("[{}]", usize::MAX)]);
        assert!(!tokenizer.is_special(usize::MAX));
        assert_eq!(tokenizer.decode(&[123_456, usize::MAX]), "");
    }
}
