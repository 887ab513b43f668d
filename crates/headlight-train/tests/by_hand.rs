//! One example of each task, worked by hand: what the model reads, what it must predict, and where it must look.

use headlight_model::Architecture::{self, Decoder, EncoderDecoder};
use headlight_record::AttentionKind;
use headlight_train::{Example, Task, TaskSpec, tasks};

/// What a model of the task reads and predicts, in words, and the keys that each prediction needs, as `3,4`; `-` for none.
struct Worked {
    source: Option<String>,
    reads: String,
    predicts: String,
    looks_at: String,
}

fn worked(spec: &'static TaskSpec, architecture: Architecture, input: &str) -> Worked {
    let task = Task::new(spec, architecture);
    let source = task.encode(input).expect(input);
    let answer = task.answer(&source).expect(input);
    let words = |ids: &[usize]| task.vocabulary().tokens(ids).join(" ");
    let example = Example { source, answer };
    let kind = if architecture == Decoder { AttentionKind::DecoderSelf } else { AttentionKind::Cross };
    let alignment = task.alignment(kind, &example).expect("these tasks have one");
    let target = task.target(&example);
    assert_eq!(alignment.len(), target.len());
    let prompt = task.prompt(&example.source);
    let (before, answering) = alignment.split_at(prompt.target.len() - 1);
    assert!(before.iter().all(Vec::is_empty), "nothing is asked before the answer begins");
    let keys = |keys: &Vec<usize>| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let keys = |aligned: &Vec<usize>| if aligned.is_empty() { "-".to_string() } else { keys(aligned) };
    Worked {
        source: prompt.source.map(|source| words(&source)),
        reads: words(&target),
        predicts: words(&example.answer),
        looks_at: answering.iter().map(keys).collect::<Vec<_>>().join(" "),
    }
}

fn check(spec: &'static TaskSpec, architecture: Architecture, input: &str, by_hand: [&str; 4]) {
    let Worked { source, reads, predicts, looks_at } = worked(spec, architecture, input);
    let source = source.unwrap_or_default();
    assert_eq!([&source, &reads, &predicts, &looks_at], by_hand, "{spec}, {architecture}");
}

#[test]
fn copy() {
    check(&tasks::copy::SPEC, Decoder, "3 1 4", ["", "BOS 3 1 4 SEP 3 1", "3 1 4", "1 2 3"]);
    check(&tasks::copy::SPEC, EncoderDecoder, "3 1 4", ["3 1 4", "BOS 3 1", "3 1 4", "0 1 2"]);
}

#[test]
fn reverse() {
    check(&tasks::reverse::SPEC, Decoder, "3 1 4", ["", "BOS 3 1 4 SEP 4 1", "4 1 3", "3 2 1"]);
    check(&tasks::reverse::SPEC, EncoderDecoder, "3 1 4", ["3 1 4", "BOS 4 1", "4 1 3", "2 1 0"]);
}

#[test]
fn repeat() {
    let both = ["x2 3 1 4", "BOS 3 1 4 3 1 4", "3 1 4 3 1 4 END", "1 2 3 1 2 3 -"];
    check(&tasks::repeat::SPEC, EncoderDecoder, "x2 3 1 4", both);
    check(&tasks::repeat::SPEC, EncoderDecoder, "x1 0", ["x1 0", "BOS 0", "0 END", "1 -"]);
    let one = ["", "BOS x3 7 7 SEP 7 7 7 7 7 7", "7 7 7 7 7 7 END", "2 3 2 3 2 3 -"];
    check(&tasks::repeat::SPEC, Decoder, "x3 7 7", one);
}

#[test]
fn sort() {
    let both = ["3 1 4 1", "BOS 1 1 3", "1 1 3 4", "1,3 1,3 0 2"];
    check(&tasks::sort::SPEC, EncoderDecoder, "3 1 4 1", both);
    check(&tasks::sort::SPEC, Decoder, "2 0 2", ["", "BOS 2 0 2 SEP 0 2", "0 2 2", "2 1,3 1,3"]);
}

#[test]
fn histogram() {
    let one = ["", "BOS a b a a SEP a b a a", "3 1 3 3", "1,3,4 2 1,3,4 1,3,4"];
    check(&tasks::histogram::SPEC, Decoder, "a b a a", one);
}

#[test]
fn recall() {
    let one = ["", "BOS a 7 b 2 c 9 SEP b a c", "2 7 9", "3,4 1,2 5,6"];
    check(&tasks::recall::SPEC, Decoder, "a 7 b 2 c 9 b a c", one);
    let both = ["a 7 b 2 c 9", "BOS b a c", "2 7 9", "2,3 0,1 4,5"];
    check(&tasks::recall::SPEC, EncoderDecoder, "a 7 b 2 c 9 b a c", both);
    // Not every key needs to be asked, and one may be asked twice.
    check(&tasks::recall::SPEC, Decoder, "a 7 b 2 b b", ["", "BOS a 7 b 2 SEP b b", "2 2", "3,4 3,4"]);
}

#[test]
fn induction() {
    let one = ["", "BOS 3 1 4 9 2 7 1 4", "4 9", "3 4"];
    check(&tasks::induction::SPEC, Decoder, "3 1 4 9 2 7 1", one);
    // Typed, a stretch may run into the end.
    check(&tasks::induction::SPEC, Decoder, "3 1 4 9 2 7 2", ["", "BOS 3 1 4 9 2 7 2", "7", "6"]);
}

#[test]
fn brackets() {
    check(&tasks::brackets::SPEC, EncoderDecoder, "( [ ( )", ["( [ ( )", "BOS ] )", "] ) END", "1 0 -"]);
    check(&tasks::brackets::SPEC, Decoder, "( ) [", ["", "BOS ( ) [ SEP ]", "] END", "3 -"]);
}

#[test]
fn addition() {
    let both = ["4 8 7 + 1 3 5", "BOS 2 2 6", "2 2 6 0", "2,6 1,5,2,6 0,4,1,5 0,4"];
    check(&tasks::addition::SPEC, EncoderDecoder, "4 8 7 + 1 3 5", both);
    let one = ["", "BOS 9 9 + 0 1 SEP 0 0", "0 0 1", "2,5 1,4,2,5 1,4"];
    check(&tasks::addition::SPEC, Decoder, "9 9 + 0 1", one);
}

#[test]
fn dates() {
    let (source, reads) = ("5 ␣ J a n ␣ 2 0 2 6", "BOS 2 0 2 6 - 0 1 - 0");
    let looks_at = "6,7,8,9 6,7,8,9 6,7,8,9 6,7,8,9 - 2,3,4 2,3,4 - 0 0";
    check(&tasks::dates::SPEC, EncoderDecoder, "5 Jan 2026", [source, reads, "2 0 2 6 - 0 1 - 0 5", looks_at]);
    for (text, iso) in [
        ("22 Nov 2026", "2026-11-22"),
        ("22 November 2026", "2026-11-22"),
        ("Nov 22, 2026", "2026-11-22"),
        ("November 22, 2026", "2026-11-22"),
        ("2026年11月22日", "2026-11-22"),
        ("29 Feb 2000", "2000-02-29"),
        ("1900年1月1日", "1900-01-01"),
        ("May 31, 2099", "2099-05-31"),
    ] {
        let task = task(&tasks::dates::SPEC);
        let source = task.encode(text).expect(text);
        assert_eq!(task.text(&task.answer(&source).expect(text)), iso);
        assert_eq!(task.text(&source), text);
    }
}

#[test]
fn what_is_no_question_is_refused_with_what_one_looks_like() {
    for (name, inputs) in [
        (&tasks::repeat::SPEC, &["3 1 4", "x2", "x2 x2 3", "3 x2", "x2 3 x2"][..]),
        (&tasks::histogram::SPEC, &["1", "a 1", "a b 2 a"]),
        (&tasks::recall::SPEC, &["a", "7", "a 7", "a 7 a 8 a", "a 7 b", "a 7 b 8 a c", "7 a a", "a 7 a 7", "a 7 a b"]),
        (&tasks::induction::SPEC, &["3", "3 1", "3 1 1", "3 3", "3 1 4 1 5", "3 1 4 4", "3 1 4 5"]),
        (&tasks::brackets::SPEC, &["( )", ")", "( ] (", "( ( ( ( (", "( ) )", "[ )"]),
        (&tasks::addition::SPEC, &["1 2", "1 + 2 3", "+", "1 +", "+ 1", "1 + 2 + 3", "1 2 3", "1 + +"]),
        (
            &tasks::dates::SPEC,
            &[
                "31 Feb 2026",
                "29 Feb 1900",
                "0 Jan 2026",
                "22 Nov 26",
                "22 nov 2026",
                "05 Jan 2026",
                "22  Nov 2026",
                "22 Nov 2026 ",
                "2026年13月1日",
                "2026年0月1日",
                "2026年1月32日",
                "2026年01月1日",
                "2026-11-22",
                "Nov 22 2026",
                "Nov 22 ,2026",
                "22 Nov, 2026",
                "22 Nove 2026",
                "1899年1月1日",
                "2100年1月1日",
                "年月日",
                "2026年11月22",
                "日2026年11月22",
                "1 2 3",
                ",",
                "2026 Nov 22",
                "99999999999999999999年1月1日",
            ],
        ),
    ] {
        for input in inputs {
            let error = task(name).encode(input).expect_err(input).to_string();
            assert!(error.contains(name.question) && error.contains(name.example), "{name} {input:?}: {error}");
        }
        assert!(task(name).encode(name.example).is_ok(), "the example of {name} is one");
    }
}

#[test]
fn an_unknown_token_is_named_beside_the_known_ones() {
    for (name, input, known) in [
        (&tasks::sort::SPEC, "3 x", "unknown token 'x'; this run's tokens are 0 … 9, separated by spaces"),
        (&tasks::brackets::SPEC, "( 3", "unknown token '3'; this run's tokens are ( ) [ ], separated by spaces"),
        (&tasks::addition::SPEC, "1 - 1", "tokens are 0 1 2 3 4 5 6 7 8 9 +, separated by spaces"),
        (&tasks::repeat::SPEC, "x4 1", "tokens are 0 1 … x3, separated by spaces"),
        (&tasks::dates::SPEC, "22.11.2026", "unknown token '.'; this run's tokens are the characters 0123456789-␣,ADF"),
    ] {
        let error = task(name).encode(input).expect_err(input).to_string();
        assert!(error.contains(known), "{error}");
    }
}

fn task(spec: &'static TaskSpec) -> Task {
    Task::new(spec, spec.architectures[0])
}
