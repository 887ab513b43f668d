//! A text that is too long, cut as transformers cuts it: `tokenizer(text, truncation=True, max_length=6)`, with `truncation_side` left, too.

use headlight_pretrained::{Encoding, Tokenizer};

use crate::golden::directory;

const TEXT: &str = "The cat sat on the mat because it was tired.";

/// What transformers 5.24 gives: cut at the end of the text, and at its beginning.
const CUT: [(&str, [usize; 6], [usize; 6]); 7] = [
    ("bert", [2, 103, 112, 132, 177, 3], [2, 67, 114, 77, 1, 3]),
    ("roberta", [0, 56, 261, 285, 326, 2], [0, 77, 267, 72, 18, 2]),
    ("t5", [3, 2, 29, 39, 25, 1], [15, 115, 31, 13, 2, 1]),
    ("marian", [4, 1, 30, 40, 26, 0], [16, 116, 32, 14, 1, 0]),
    ("gpt2", [52, 257, 281, 322, 279, 78], [221, 84, 73, 263, 68, 14]),
    ("llama", [1, 418, 87, 259, 281, 317], [1, 261, 424, 265, 426, 49]),
    ("albert", [2, 9, 44, 30, 19, 3], [2, 120, 36, 18, 1, 3]),
];

fn open(kind: &str, side: Option<&str>) -> Tokenizer {
    let copy = tempfile::tempdir().expect("a place for it");
    for file in std::fs::read_dir(directory(kind)).expect("it is there") {
        let file = file.expect("it can be listed");
        std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("it can be copied");
    }
    if let Some(side) = side {
        let path = copy.path().join("tokenizer_config.json");
        let mut config: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).expect("it is there")).expect("it is JSON");
        config["truncation_side"] = side.into();
        std::fs::write(path, config.to_string()).expect("it is written");
    }
    Tokenizer::open(copy.path()).expect("it is read").expect("it is there")
}

#[test]
fn tokens_of_the_text_are_left_out_and_those_around_it_stay() {
    for (kind, at_end, at_beginning) in CUT {
        for (side, expected) in [(None, at_end), (Some("right"), at_end), (Some("left"), at_beginning)] {
            let tokenizer = open(kind, side);
            let whole = tokenizer.encode(TEXT, None).expect("it is encoded");
            let Encoding { ids, segments, around } = tokenizer.cut(whole.clone(), 6);
            assert_eq!(ids, expected, "{kind}, {side:?}");
            assert_eq!((segments.len(), around.len()), (6, 6), "{kind}");
            assert_eq!(tokenizer.cut(whole.clone(), whole.ids.len()), whole, "{kind}: what has room stays");
        }
    }
}

#[test]
fn a_target_keeps_its_end() {
    let tokenizer = open("marian", None);
    let target = tokenizer.encode_target(TEXT).expect("it is encoded");
    assert_eq!(tokenizer.cut(target, 6).ids, [4, 1, 30, 40, 145, 0]);
}

#[test]
fn where_not_even_special_tokens_have_room_they_are_cut() {
    let tokenizer = open("bert", None);
    let whole = tokenizer.encode(TEXT, None).expect("it is encoded");
    assert_eq!(tokenizer.cut(whole.clone(), 2).ids, [2, 3]);
    assert_eq!(tokenizer.cut(whole.clone(), 1).ids, [2]);
    assert!(tokenizer.cut(whole, 0).ids.is_empty());
}
