//! The task `file`: pairs of the user's own, read whole or refused in one line.

use std::path::Path;

use headlight_model::Architecture;
use headlight_record::AttentionKind;
use headlight_train::{PairFile, Spelling, Task, TaskError, tasks};

#[test]
fn lines_become_pairs() {
    let text =
        "\u{feff}der Hund\tthe dog\r\n\r\ndie  Katze \t the cat\nder Hund\tthe dog\n".to_string() + &numbered(40);
    let pairs = read(text.as_bytes(), Spelling::Words).expect("good pairs");
    let task = Task::of_pairs(pairs, Architecture::EncoderDecoder);
    task.check().expect("enough pairs");
    let source = task.encode("die Katze").expect("known words");
    let answer = task.answer(&source).expect("a known pair");
    assert_eq!(task.text(&answer), "the cat END");
    assert_eq!(task.text(&task.prompt(&source).target), "BOS");
    assert_eq!(task.answer(&task.encode("die Hund").expect("known words")), None);
    assert_eq!(task.alignment(AttentionKind::Cross, &headlight_train::Example { source, answer }), None);
    assert_eq!((task.max_length(), task.length), (3, 2)); // BOS the dog; two words at most
    let error = task.encode("die Maus").expect_err("an unknown word").to_string();
    assert!(error.starts_with("unknown token 'Maus'; this run's tokens are"), "{error}");
}

#[test]
fn characters_are_tokens_too() {
    let text = "ab c\tC\n年月\t日\n".to_string() + &numbered(40);
    let pairs = read(text.as_bytes(), Spelling::Characters).expect("good pairs");
    let task = Task::of_pairs(pairs, Architecture::Decoder);
    let source = task.encode("ab c").expect("known characters");
    assert_eq!(task.vocabulary().tokens(&source), ["a", "b", "␣", "c"]);
    assert_eq!((task.text(&source), task.text(&task.answer(&source).expect("known"))), ("ab c".into(), "C END".into()));
    assert_eq!(task.text(&task.prompt(&source).target), "BOS ab c SEP", "marks stand apart");
    assert_eq!(task.encode("年月").expect("known characters").len(), 2);
}

#[test]
fn an_eighth_is_held_out_and_never_trained_on() {
    let pairs = read(numbered(2000).as_bytes(), Spelling::Words).expect("good pairs");
    let task = Task::of_pairs(pairs, Architecture::EncoderDecoder);
    let held_out = task.held_out(0, 4096).examples;
    assert!((180..320).contains(&held_out.len()), "{}", held_out.len());
    for step in 0..200 {
        let batch = task.training_examples(0, step, 32);
        assert!(batch.iter().all(|example| !held_out.contains(example)));
    }
    // Another line moves no other from training to what is held out, though it moves the numbers of tokens.
    let more = "0000 first\tA\n".to_string() + &numbered(2000);
    let pairs = read(more.as_bytes(), Spelling::Words).expect("good pairs");
    let grown = Task::of_pairs(pairs, Architecture::EncoderDecoder);
    for example in &held_out {
        let source = grown.encode(&task.text(&example.source)).expect("the same words");
        assert!(grown.is_held_out(&source));
    }
}

#[test]
fn what_is_no_file_of_pairs_gets_one_line() {
    let long = "a ".repeat(513) + "\tb";
    let many: String = (0..5000).map(|number| format!("w{number}\tb\n")).collect();
    for (bytes, expected) in [
        (&b""[..], "holds no pair"),
        (b"\n\n\r\n", "holds no pair"),
        (b"no tab here\n", "line 1 has no tab between a source and a target"),
        (b"a\tb\n\ncd\n", "line 3 has no tab"),
        (b"a\tb\tc\n", "line 1 has more than one tab"),
        (b"\tb\n", "line 1 has no source"),
        (b"a\t\n", "line 1 has no target"),
        (b" \t \n", "line 1 has no source"),
        (b"a\tb\nc\td\na\tc\n", "line 3 gives a source of an earlier line another target"),
        (b"a\x1b[31m\tb\n", "line 1 holds a control character"),
        (b"a\x00\tb\n", "line 1 holds a control character"),
        (b"a SEP\tb\n", "line 1 holds SEP"),
        (b"\xff\xfea\tb\n", "is not text in UTF-8"),
        (long.as_bytes(), "line 1 has a source of 513 tokens, and at most 512 are possible"),
        (many.as_bytes(), "has 5001 different tokens, and at most 4096"),
    ] {
        let error = read(bytes, Spelling::Words).expect_err(expected);
        let line = error.to_string();
        assert!(line.contains(expected) && line.contains("pairs.txt"), "{line}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
    // Too few to hold one out.
    let pairs = read(b"a\tb\n", Spelling::Words).expect("a pair");
    let error = Task::of_pairs(pairs, Architecture::Decoder).check().expect_err("one pair").to_string();
    assert!(error.contains("only 1 pairs") && error.contains("add some to the file"), "{error}");
    let error = Task::new(&tasks::file::SPEC, Architecture::Decoder).check().expect_err("no file");
    assert!(matches!(error, TaskError::NoPairs { .. }), "{error}");
}

#[test]
fn any_bytes_are_read_or_refused() {
    let whole = "der Hund\tthe dog\n年月\t日\na b c\td\n".as_bytes();
    for at in 0..whole.len() {
        for byte in [0, b'\t', b'\n', b'\r', b' ', 0x80, 0xe5, 0xff] {
            let mut bytes = whole.to_vec();
            bytes[at] = byte;
            for spelling in [Spelling::Words, Spelling::Characters] {
                if let Ok(pairs) = read(&bytes, spelling) {
                    assert!(pairs.longest_source() > 0 && pairs.longest_answer() > 0 && !pairs.tokens().is_empty());
                }
            }
        }
    }
}

fn read(bytes: &[u8], spelling: Spelling) -> Result<PairFile, TaskError> {
    Ok(PairFile::from_bytes(Path::new("pairs.txt"), spelling, bytes)?)
}

/// `count` pairs, a line each.
fn numbered(count: usize) -> String {
    (0..count).map(|number| format!("x{number}\ty{}\n", number % 7)).collect()
}
