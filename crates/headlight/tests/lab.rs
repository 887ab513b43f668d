//! `headlight lab`: the page that it writes, with what was chosen, and what it refuses.

mod program;

use std::path::Path;

use headlight_lab::messages::{Catalogue, Settings};
use program::{Messages, printed_alone, temporary};

#[test]
fn the_page_starts_with_what_was_chosen() {
    let directory = temporary();
    let directory = directory.path();
    assert_eq!(printed_alone(directory, "lab"), "lab.html\n");
    assert_eq!(chosen(directory, "lab.html"), Settings { task: Some("copy".to_string()), ..Settings::default() });
    let plain = std::fs::read(directory.join("lab.html")).expect("a page");

    let options = "--architecture encoder-decoder --layers 1 --length 5 --learning-rate 0.002 --tie-weights --seed 9";
    assert_eq!(printed_alone(directory, &format!("lab sort {options} -o sorting.html")), "sorting.html\n");
    let sorting = Settings {
        task: Some("sort".to_string()),
        architecture: Some("encoder-decoder".to_string()),
        layers: Some(1),
        length: Some(5),
        learning_rate: Some(0.002),
        tie_weights: Some(true),
        seed: Some(9),
        ..Settings::default()
    };
    assert_eq!(chosen(directory, "sorting.html"), sorting);

    // A page gives way to another, and the same wish gives the same page.
    printed_alone(directory, "lab -o sorting.html");
    assert!(plain == std::fs::read(directory.join("sorting.html")).expect("a page"));
}

#[test]
fn pairs_travel_with_the_page() {
    let directory = temporary();
    let directory = directory.path();
    let pairs: String = (0..64).map(|n| format!("{n:06b}\t{:06b}\n", 63 - n)).collect();
    std::fs::write(directory.join("pairs.tsv"), &pairs).expect("a file");
    printed_alone(directory, "lab file pairs.tsv --characters");
    let chosen = chosen(directory, "lab.html");
    assert_eq!((chosen.pairs, chosen.characters), (Some(pairs), Some(true)));
}

#[test]
fn nothing_but_a_lab_page_is_replaced() {
    let directory = temporary();
    let directory = directory.path();
    std::fs::write(directory.join("notes.html"), "<!doctype html>\nmy own").expect("a file");
    std::fs::write(directory.join("pairs.tsv"), "a\tb\n").expect("a file");
    std::fs::write(directory.join("fine.tsv"), (0..40).map(|n| format!("{n:06b}\tx\n")).collect::<String>())
        .expect("a file");
    std::fs::create_dir(directory.join("folder")).expect("a directory");
    let mut messages = Messages::of(directory);
    messages.refused("lab -o notes.html");
    messages.refused("lab file fine.tsv -o fine.tsv");
    messages.refused("lab file fine.tsv -o fine.tsv --force");
    messages.failed("lab -o folder");
    messages.when("what cannot be trained");
    for options in [
        "file",
        "file pairs.tsv",
        "file missing.tsv",
        "copy pairs.tsv",
        "copy --characters",
        "palindrome",
        "dates --length 3",
        "copy --heads 3",
        "copy --positions alibi --architecture encoder-decoder",
        "copy --d-model 1000000",
        "--seed 9007199254740992",
    ] {
        messages.refused(&format!("lab {options}"));
    }
    messages.when("what a page has no use for");
    for option in [
        "--threads 2",
        "--device flex",
        "--seeds 0..3",
        "--resume run",
        "--record-every 5",
        "--checkpoint-every 5",
        "--keep-parameters-every 5",
        "--quiet",
    ] {
        messages.refused(&format!("lab {option}"));
    }
    insta::assert_snapshot!("refused", messages.as_ref());

    printed_alone(directory, "lab -o notes.html --force");
    assert_eq!(chosen(directory, "notes.html").task.as_deref(), Some("copy"));
}

#[test]
fn the_commands_of_the_pages_work() {
    let directory = temporary();
    let directory = directory.path();
    let pairs: String = (0..64).map(|n| format!("{n:06b}\t{:06b}\n", 63 - n)).collect();
    std::fs::write(directory.join("pairs.tsv"), pairs).expect("a file");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = 0;
    for page in ["README.md", "README.zh-CN.md", "docs/lab.md", "docs/zh/lab.md"] {
        let text = std::fs::read_to_string(root.join(page)).expect("a page");
        let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("headlight lab")).collect();
        assert!(!commands.is_empty(), "{page}");
        for command in commands {
            let command = command.split(" #").next().unwrap_or_default().trim();
            printed_alone(directory, command.trim_start_matches("headlight "));
            found += 1;
        }
    }
    assert!(found >= 6, "{found}");
}

/// What a page starts with.
fn chosen(directory: &Path, page: &str) -> Settings {
    let page = std::fs::read_to_string(directory.join(page)).expect("a page");
    let (_, rest) = page.split_once("id=\"catalogue\">").expect("a catalogue");
    let (json, _) = rest.split_once("</script>").expect("its end");
    serde_json::from_str::<Catalogue>(json).expect("a catalogue").settings
}
