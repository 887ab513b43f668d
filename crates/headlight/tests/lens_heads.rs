//! `headlight lens heads`: scores of every head as a table, JSON, CSV and pictures.

mod program;

use std::path::Path;

use program::{Messages, contents, headlight, printed, printed_alone, temporary};
use serde_json::Value;

const TINY: &str = "--force --quiet --symbols 6 --d-model 16 --heads 2 --d-ff 32 --threads 1 --max-steps 1 --length 5";

fn train(directory: &Path, options: &str) {
    printed(directory, &format!("train {options} {TINY}"));
}

#[test]
fn every_head_has_its_scores_and_equal_seeds_give_equal_bytes() {
    let directory = temporary();
    train(directory.path(), "copy --out run --layers 2");
    let line = "lens heads run --examples 40 --json";
    let json = printed_alone(directory.path(), line);
    assert_eq!(json, printed_alone(directory.path(), line));
    assert_ne!(json, printed_alone(directory.path(), &format!("{line} --seed 1")), "the seed draws the intervals");

    let findings: Value = serde_json::from_str(&json).expect("one JSON object");
    assert_eq!((findings["lens"].as_str(), findings["examples"].as_u64()), (Some("heads"), Some(40)));
    let heads = findings["heads"].as_array().expect("a list");
    assert_eq!(heads.len(), 4);
    for (at, head) in heads.iter().enumerate() {
        assert_eq!(head["kind"], "decoder_self");
        assert_eq!((head["layer"].as_u64(), head["head"].as_u64()), (Some(at as u64 / 2), Some(at as u64 % 2)));
        assert!(head["roles"].is_array());
        for score in ["previous", "same", "first", "bos", "equal", "duplicate", "induction", "needed", "offset"] {
            let of = |part: &str| head[score][part].as_f64().expect("a number");
            assert!(0.0 <= of("low") && of("low") <= of("mean") && of("mean") <= of("high") && of("high") <= 1.0);
            assert!(of("examples") > 0.0 && of("examples") <= 40.0, "{score}");
        }
        for score in ["repeated_previous", "repeated_duplicate", "repeated_induction", "entropy", "best_offset"] {
            assert!(head[score]["mean"].is_f64(), "{score}");
        }
        for name in ["previous_token_head", "duplicate_token_head", "induction_head"] {
            for measure in ["mul", "abs"] {
                assert!(head[format!("{name}_{measure}")]["mean"].is_f64(), "{name}, {measure}");
            }
        }
    }

    let sheet = printed_alone(directory.path(), "lens heads run --examples 40 --csv");
    let lines: Vec<&str> = sheet.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[0].contains(",previous,previous_low,previous_high,") && lines[1].starts_with("L0H0,"), "{sheet}");
    let table = printed_alone(directory.path(), "lens heads run --examples 40");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains("L1H1") && table.contains("40 examples, seed 0"), "{table}");
}

#[test]
fn a_compiled_program_that_has_fewer_questions_than_asked_for_says_so() {
    let directory = temporary();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../headlight-pretrained/programs/previous.json");
    let notes = |options: &str| {
        let line = format!("lens heads \"{}\" --csv {options}", program.display());
        String::from_utf8(headlight(directory.path(), &line).stderr).expect("words")
    };
    let (some, many) = (notes(""), notes("--examples 4096"));
    assert_eq!(some, "", "nobody asked for more");
    assert!(many.starts_with("note: only ") && many.contains(" questions, not 4096"), "{many}");
}

/// Random tokens are drawn from all that is held out, though one question of one symbol is looked at.
#[test]
fn one_question_does_not_choose_the_repeated_tokens() {
    let directory = temporary();
    train(directory.path(), "copy --out run --layers 1");
    let scores = |input: &str| {
        let json = printed_alone(directory.path(), &format!("lens heads run --input \"{input}\" --json"));
        let findings: Value = serde_json::from_str(&json).expect("one JSON object");
        ["repeated_previous", "repeated_duplicate", "repeated_induction"]
            .map(|score| findings["heads"][0][score].clone())
    };
    assert_eq!(scores("3 3 3 3 3"), scores("0 1 2 3 4"));
}

#[test]
fn an_encoder_and_a_decoder_have_three_kinds_of_heads() {
    let directory = temporary();
    train(directory.path(), "copy --architecture encoder-decoder --out run --layers 1");
    let json = printed_alone(directory.path(), "lens heads run --examples 20 --json");
    let findings: Value = serde_json::from_str(&json).expect("one JSON object");
    let heads = findings["heads"].as_array().expect("a list");
    let kinds: Vec<&str> = heads.iter().filter_map(|head| head["kind"].as_str()).collect();
    assert_eq!(kinds, ["encoder_self", "encoder_self", "decoder_self", "decoder_self", "cross", "cross"]);
    // Only cross attention needs keys for this task, only an encoder sees what comes next.
    let has = |score: &str| heads.iter().map(|head| head[score].is_object()).collect::<Vec<_>>();
    assert_eq!(has("needed"), [false, false, false, false, true, true]);
    assert_eq!(has("next"), [true, true, false, false, true, true]);
    assert_eq!(has("repeated_induction"), [false; 6]);
    printed_alone(directory.path(), "lens heads run --examples 20 --out pictures");
    let pictures: Vec<String> =
        contents(&directory.path().join("pictures")).into_keys().map(|path| path.display().to_string()).collect();
    assert_eq!(pictures.len(), 6, "{pictures:?}");
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let directory = temporary();
    train(directory.path(), "copy --out run --layers 1 --positions learned");
    train(directory.path(), "copy --architecture encoder-decoder --out both --layers 1");
    let mut messages = Messages::of(directory.path());
    for options in [
        "nowhere",
        "run --threshold 1.5",
        "run --threshold nothing=0.5",
        "run --threshold previous",
        "run --repeated-length 1",
        "run --repeated-length 6",
        "both --repeated-length 4",
        "run --json --csv",
        "run --examples 0",
        "run --examples 5000",
        "run --input \"0 1 99\"",
    ] {
        messages.refused(&format!("lens heads {options}"));
    }
    insta::assert_snapshot!("refused", messages.as_ref());
}

#[test]
fn thresholds_decide_what_a_head_is_called() {
    let directory = temporary();
    train(directory.path(), "copy --out run --layers 1");
    let roles = |options: &str| {
        let json = printed_alone(directory.path(), &format!("lens heads run --examples 40 --json {options}"));
        let findings: Value = serde_json::from_str(&json).expect("one JSON object");
        let heads = findings["heads"].as_array().expect("a list");
        heads.iter().map(|head| head["roles"].as_array().map_or(0, Vec::len)).sum::<usize>()
    };
    assert_eq!(roles("--threshold 1"), 0);
    let [low, one] = [roles("--threshold 0"), roles("--threshold 1 --threshold same=0,bos=0")];
    assert!(low > one && one > 0, "{low} roles with no threshold, {one} with two of none");
}
