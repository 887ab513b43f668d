//! `headlight` without a command: the tour, as a newcomer takes it, and that it takes nothing from anybody else.

mod program;

use std::path::Path;
use std::process::Output;

const TINY: &str = "train copy --out runs/copy --length 3 --symbols 6 --d-model 16 --heads 2 --layers 1 --d-ff 32 \
                    --max-steps 1 --threads 1 --quiet";

#[test]
fn the_tour_solves_draws_and_replaces_only_its_own() {
    let place = program::temporary();
    let run = place.path().join("runs/copy");
    let json = |name: &str| -> serde_json::Value {
        let text = std::fs::read_to_string(run.join(name)).expect(name);
        serde_json::from_str(&text).expect("JSON")
    };

    // Somebody's own run is in the way.
    assert_eq!(headlight(place.path(), TINY).status.code(), Some(0));
    let output = headlight(place.path(), "");
    let line = String::from_utf8(output.stderr).expect("the program speaks UTF-8");
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(line.contains("runs/copy is left alone") && line.lines().count() == 1, "{line}");
    assert_eq!(json("result.json")["steps"], 1);

    // A run of the tour is not; it is made a small one here, with something of it that the next will not have.
    let config = std::fs::read_to_string(run.join("config.json")).expect("text");
    std::fs::write(run.join("config.json"), config.replace("\"tour\": false", "\"tour\": true")).expect("a file");
    std::fs::write(run.join("heatmaps/cross_L0_H0.png"), "old").expect("a file");
    let output = headlight(place.path(), "");
    let said = String::from_utf8(output.stdout).expect("the program speaks UTF-8");
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!run.join("heatmaps/cross_L0_H0.png").exists());

    // It is the whole tour: solved, drawn, and said.
    let (result, config) = (json("result.json"), json("config.json"));
    assert_eq!((&result["solved"], &result["exact_match"]), (&true.into(), &1.0.into()));
    assert_eq!((&result["held_out"], &config["tour"]), (&512.into(), &true.into()));
    assert!(said.contains("all 512 held-out examples answered without an error"), "{said}");
    for picture in ["decoder_self_grid.png", "decoder_self_L0_H0.png", "decoder_self_L1_H3.png"] {
        assert!(run.join("heatmaps").join(picture).is_file(), "{picture}");
    }
    assert!(said.contains("runs/copy/heatmaps/decoder_self_grid.png"), "{said}");

    // Its page has a time line, and is small enough to send.
    assert!(said.contains("runs/copy/report.html"), "{said}");
    let page = std::fs::read_to_string(run.join("report.html")).expect("a page");
    assert!(page.len() < 300_000, "{} bytes", page.len());
    assert!(page.contains("\"step\":0,") && page.contains("\"step\":30,"));

    // What it says to type next can be typed.
    let next: Vec<&str> = said.lines().filter(|line| line.contains(" runs/copy --input ")).collect();
    assert_eq!(next.len(), 2, "{said}");
    let output = headlight(place.path(), "generate runs/copy --input 3_1_4_1_5_9_2_6_5_3");
    let answer = String::from_utf8(output.stdout).expect("the program speaks UTF-8");
    assert!(answer.contains("answer: 3 1 4 1 5 9 2 6 5 3\nright"), "{answer}");

    // The tour's run is anybody's to replace who asks for it, and then it is the tour's no more.
    assert_eq!(headlight(place.path(), &format!("{TINY} --force")).status.code(), Some(0));
    assert_eq!(headlight(place.path(), "tour").status.code(), Some(2));
    assert_eq!(json("result.json")["steps"], 1);
}

/// Runs the program with its arguments separated by spaces; an underscore stands for a space within one.
fn headlight(place: &Path, arguments: &str) -> Output {
    program::headlight(place, arguments.split_whitespace().map(|argument| argument.replace('_', " ")))
}
