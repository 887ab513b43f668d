//! `headlight lens` and `headlight check` on models that others trained.

mod program;

use std::path::{Path, PathBuf};

use program::{Messages, printed, temporary};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../headlight-pretrained/goldens").join(name)
}

/// What `lens` found on a model, as JSON.
fn found(directory: &Path, what: &str, model: &str, rest: &str) -> serde_json::Value {
    let line = format!("lens {what} \"{}\" --json {rest}", golden(model).display());
    serde_json::from_str(&printed(directory, &line)).expect("JSON")
}

/// Token numbers of three lengths, in lines.
fn ids(directory: &Path, name: &str, line: impl Fn(usize) -> String) {
    let lines: Vec<String> = (0..6).map(line).collect();
    std::fs::write(directory.join(name), lines.join("\n\n")).expect("a file");
}

fn numbers(nth: usize, count: usize) -> String {
    (0..count).map(|at| (5 + (7 * nth + 3 * at * at) % 40).to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn no_family_leaks() {
    let directory = temporary();
    let families =
        ["albert", "bart", "bert", "distilbert", "gpt2", "gpt_neox", "llama", "marian", "mistral", "opt", "qwen3"];
    for family in families.into_iter().chain(["roberta", "t5"]) {
        let said = printed(directory.path(), &format!("check \"{}\"", golden(family).display()));
        assert!(!said.contains("LEAK") && said.lines().count() == 4, "{family}: {said}");
    }
}

#[test]
fn a_decoder_is_looked_at_on_random_tokens_where_no_texts_are_given() {
    let directory = temporary();
    let heads = found(directory.path(), "heads", "gpt2", "");
    assert_eq!(heads["examples"], 64);
    assert_eq!(heads["origin"]["task"], "random tokens");
    let head = &heads["heads"][0];
    assert!(head["previous"]["examples"] == 64 && head["repeated_induction"]["examples"] == 64, "{head}");

    let ablated = found(directory.path(), "ablate", "gpt2", "--with zero");
    assert_eq!(ablated["origin"]["task"], "random tokens that come twice");
    assert_eq!(ablated["counted"], "tokens");
}

#[test]
fn texts_in_token_numbers_are_answered_token_by_token() {
    let directory = temporary();
    ids(directory.path(), "ids", |nth| numbers(nth, 6 + nth / 2));
    for model in ["gpt2", "llama", "gpt_neox"] {
        let found = found(directory.path(), "ablate", model, "--ids ids --with zero,mean");
        assert_eq!((&found["examples"], &found["counted"]), (&6.into(), &"tokens".into()), "{model}");
        let baseline = &found["baseline"]["exact_match"];
        let mean = baseline["mean"].as_f64().expect("a number");
        assert!((0.0..=1.0).contains(&mean) && baseline["low"].as_f64() <= Some(mean), "{model}: {baseline}");
        assert_eq!(found["tables"][0]["columns"][3]["name"], "token_accuracy_change", "{model}");
        for lens in ["logits --ids ids", "flow --ids ids", "why --layer 1 --head 0 --query 3 --key 2 --ids ids"] {
            let (what, rest) = lens.split_once(' ').expect("a lens and its flags");
            assert_eq!(self::found(directory.path(), what, model, rest)["examples"], 6, "{model} {lens}");
        }
    }
}

#[test]
fn an_encoder_and_a_decoder_take_source_and_target() {
    let directory = temporary();
    ids(directory.path(), "ids", |nth| format!("{}\t{}", numbers(nth + 9, 7), numbers(nth, 5)));
    for model in ["marian", "bart", "t5"] {
        let found = found(directory.path(), "heads", model, "--ids ids");
        assert_eq!(found["examples"], 6, "{model}");
        let kinds: Vec<&str> =
            found["heads"].as_array().expect("heads").iter().filter_map(|head| head["kind"].as_str()).collect();
        assert!(
            ["encoder_self", "decoder_self", "cross"].iter().all(|kind| kinds.contains(kind)),
            "{model}: {kinds:?}"
        );
    }
}

#[test]
fn what_cannot_be_looked_at_is_refused_in_one_line() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    ids(directory.path(), "ids", |nth| numbers(nth, 6));
    std::fs::write(directory.path().join("large"), "5 6 7\n5 99999\n").expect("a file");
    std::fs::write(directory.path().join("empty"), "\n \n").expect("a file");
    std::fs::write(directory.path().join("short"), "5 6\n7\n").expect("a file");
    // The goldens under short names.
    for name in ["bert", "gpt2", "marian", "vit"] {
        let there = directory.path().join(name);
        std::fs::create_dir(&there).expect("a directory");
        for file in ["config.json", "model.safetensors"] {
            std::fs::copy(golden(name).join(file), there.join(file)).expect("a copy");
        }
    }
    for line in [
        "lens heads bert",
        "lens heads marian --ids ids",
        "lens heads gpt2 --ids large",
        "lens heads gpt2 --ids empty",
        "lens heads gpt2 --ids short",
        "lens heads gpt2 --ids none",
        "lens heads gpt2 --texts ids",
        "lens heads gpt2 --input \"a b\"",
        "lens heads vit",
        "lens ablate bert --ids ids",
        "lens logits bert --ids ids",
        "lens patch gpt2",
        "lens training gpt2",
        "lens circuits gpt2 --tokens cat",
        "check vit",
    ] {
        messages.refused(line);
    }
    insta::assert_snapshot!("refused", messages.as_ref());
}
