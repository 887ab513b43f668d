//! `headlight lens ablate` and `headlight lens explanation`: their JSON, their bytes, and what they refuse.

mod program;

use std::path::Path;

use program::{Messages, contents, printed, printed_alone, temporary};
use serde_json::Value;

const TINY: &str = "--length 4 --symbols 6 --d-model 16 --layers 2 --d-ff 32 --quiet";

fn train(directory: &Path, options: &str) {
    train_heads(directory, 2, options);
}

fn train_heads(directory: &Path, n_heads: usize, options: &str) {
    printed(directory, &format!("train copy {TINY} --heads {n_heads} {options}"));
}

fn json(directory: &Path, line: &str) -> Value {
    serde_json::from_str(&printed_alone(directory, line)).expect("JSON")
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} in {value}"))
}

#[test]
fn ablations_are_given_with_all_that_programs_need() {
    let directory = temporary();
    train(directory.path(), "--out run --max-steps 150");
    let line = "lens ablate run --examples 40 --with zero,mean,resample --heads L0H0,L1H1,L1H0 --heads L1H1,L0H0 --pairs --json";
    let findings = json(directory.path(), line);
    assert_eq!(findings["lens"], "ablate");
    assert_eq!(findings["examples"], 40);
    let before = number(&findings["baseline"]["exact_match"], "mean");
    let ablations = findings["ablations"].as_array().expect("a list");
    // 4 heads, 2 feed-forward layers, a set and 6 pairs, by 3 replacements; a set of two is one of the pairs.
    assert_eq!(ablations.len(), 13 * 3);
    for ablation in ablations {
        let [exact_match, change, low, high] =
            ["exact_match", "exact_match_change", "low", "high"].map(|key| number(ablation, key));
        assert!((before + change - exact_match).abs() < 1e-9 && low <= change && change <= high, "{ablation}");
        assert!(number(ablation, "loss_change").is_finite());
        assert_eq!(
            ablation["gradient"].is_object(),
            ablation["heads"].as_array().map(Vec::len) == Some(1),
            "{ablation}"
        );
    }
    let of = |key: &str| ablations.iter().map(|one| one[key].as_str().expect("a name")).collect::<Vec<_>>();
    assert_eq!(of("what")[..7], ["L0H0", "L0H1", "L1H0", "L1H1", "FF0", "FF1", "L0H0+L1H0+L1H1"]);
    assert_eq!([of("with")[0], of("with")[13], of("with")[26]], ["zero", "mean", "resample"]);
    // Equal requests, equal bytes; another seed draws other partners.
    assert_eq!(printed(directory.path(), line), printed(directory.path(), line));
    assert_ne!(json(directory.path(), &format!("{line} --seed 1"))["ablations"], findings["ablations"]);
    assert_eq!(ablations[9]["what"], "L0H0+L1H1");
}

#[test]
fn ablations_are_printed_and_drawn() {
    let directory = temporary();
    train(directory.path(), "--out run --max-steps 20");
    let text = printed_alone(directory.path(), "lens ablate run --examples 20 --pairs");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for word in ["L0H0", "FF1", "mean", "20 examples", "loss: both"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    printed(directory.path(), "lens ablate run --examples 20 --pairs --out pictures");
    let pictures = contents(&directory.path().join("pictures")).len();
    assert_eq!(pictures, 2 * 4, "bars and pairs, of exact match and of loss, light and dark");
    let csv = printed_alone(directory.path(), "lens ablate run --examples 20 --csv");
    assert_eq!(csv.lines().count(), 1 + 6, "{csv}");
}

#[test]
fn one_question_can_be_asked_where_nothing_is_averaged() {
    let directory = temporary();
    train(directory.path(), "--out run --max-steps 20 --architecture encoder-decoder");
    let findings = json(directory.path(), "lens ablate run --input \"1 2 3 4\" --with zero --json");
    assert_eq!(findings["examples"], 1);
    // Two heads in two layers of three kinds of attention, and two feed-forward layers in two stacks.
    let names: Vec<_> =
        findings["ablations"].as_array().expect("a list").iter().map(|one| one["what"].clone()).collect();
    assert_eq!(names.len(), 12 + 4);
    assert!(names.contains(&"cross:L1H0".into()) && names.contains(&"encoder:FF0".into()), "{names:?}");
}

#[test]
fn what_cannot_be_ablated_is_refused() {
    let directory = temporary();
    train(directory.path(), "--out run --max-steps 1");
    train(directory.path(), "--out two --max-steps 1 --architecture encoder-decoder");
    train_heads(directory.path(), 4, "--out wide --max-steps 1 --seed 1");
    let mut messages = Messages::of(directory.path());
    let unknown = messages.refused("lens ablate run --examples 50 --heads L0H0,L2H0");
    assert!(unknown.contains("L1H1") && unknown.contains("L2H0"), "{unknown}");
    messages.refused("lens ablate two --examples 50 --heads cross:L0H7");
    messages.refused("lens ablate two --examples 50 --heads L0H1");
    messages.refused("lens ablate run --heads first");
    messages.refused("lens ablate run --with nothing");
    messages.refused("lens ablate run --input \"1 2 3 4\"");
    messages.refused("lens ablate elsewhere");
    messages.refused("lens explanation run --examples 50 --others wide");
    messages.refused("lens explanation run --examples 50 --others elsewhere");
    messages.refused("lens explanation run --examples 50 --others run");
    // Learned positions end before the longest example of the run beside it.
    let shorter = TINY.replace("--length 4", "--length 3 --positions learned --heads 2 --seed 1 --max-steps 1");
    printed(directory.path(), &format!("train copy --out short {shorter}"));
    messages.refused("lens explanation run --examples 20 --others short");
    insta::assert_snapshot!("refused", messages.as_ref());
}

#[test]
fn attention_is_compared_with_that_of_other_seeds() {
    let directory = temporary();
    train(directory.path(), "--out seeds --seeds 0..3 --max-steps 60");
    let line = "lens explanation seeds --examples 30 --json";
    let findings = json(directory.path(), line);
    assert_eq!(printed(directory.path(), line), printed(directory.path(), line));
    let heads = findings["heads"].as_array().expect("a list");
    assert_eq!(heads.len(), 4);
    for head in heads {
        for key in ["seed_spread", "seed_spread_at_answer", "from_uniform"] {
            let mean = number(&head[key], "mean");
            assert!((0.0..=std::f64::consts::LN_2).contains(&mean), "{key}: {head}");
        }
    }
    // The same by naming the runs.
    let named =
        json(directory.path(), "lens explanation seeds/seed_0 --others seeds/seed_1,seeds/seed_2 --examples 30 --json");
    assert_eq!(named["heads"], findings["heads"]);
    // Without others, the first test and how to get the second.
    let text = printed_alone(directory.path(), "lens explanation seeds/seed_0 --examples 30");
    for word in ["all heads", "layer 1", "uniform", "permuted", "frozen", "--seeds 0..5", "--others"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}
