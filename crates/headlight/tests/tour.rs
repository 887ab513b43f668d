//! `headlight` without a command: the tour, as a newcomer takes it, and that it takes nothing from anybody else.

mod program;

use program::{Messages, printed};

const TINY: &str = "train copy --out runs/copy --length 3 --symbols 6 --d-model 16 --heads 2 --layers 1 --d-ff 32 \
                    --max-steps 1 --threads 1 --quiet";

#[test]
fn the_tour_solves_draws_and_replaces_only_its_own() {
    let directory = program::temporary();
    let run = directory.path().join("runs/copy");
    let json = |name: &str| -> serde_json::Value {
        let text = std::fs::read_to_string(run.join(name)).expect(name);
        serde_json::from_str(&text).expect("JSON")
    };

    // Somebody's own run is in the way.
    printed(directory.path(), TINY);
    let mut messages = Messages::of(directory.path());
    messages.refused("");
    assert_eq!(json("result.json")["steps"], 1);

    // A run of the tour is not; it is made a small one here, with something of it that the next will not have.
    printed(directory.path(), "plot runs/copy --picture lines --layer 0 --head 0");
    let lines = run.join("heatmaps/decoder_self_L0_H0_lines.png");
    assert!(lines.is_file());
    let config = std::fs::read_to_string(run.join("config.json")).expect("text");
    std::fs::write(run.join("config.json"), config.replace("\"tour\": false", "\"tour\": true")).expect("a file");
    let said = printed(directory.path(), "");
    assert!(!lines.exists());

    // It is the whole tour: solved, drawn, and said.
    let (result, config) = (json("result.json"), json("config.json"));
    assert_eq!((&result["solved"], &result["exact_match"]), (&true.into(), &1.0.into()));
    assert_eq!((&result["held_out"], &config["tour"]), (&512.into(), &true.into()));
    assert!(said.contains(&format!(" {} ", result["steps"])) && said.contains(" 512 "), "{said}");
    for picture in ["decoder_self_grid.png", "decoder_self_L0_H0.png", "decoder_self_L1_H3.png"] {
        assert!(run.join("heatmaps").join(picture).is_file(), "{picture}");
    }
    assert!(said.contains("runs/copy/heatmaps/decoder_self_grid.png"), "{said}");

    // Its page has a time line, and is small enough to send.
    assert!(said.contains("runs/copy/report.html"), "{said}");
    let page = std::fs::read_to_string(run.join("report.html")).expect("a page");
    assert!(page.len() < 330_000, "{} bytes", page.len());
    assert!(page.contains("\"step\":0,") && page.contains("\"step\":30,"));

    // What it says to type next can be typed.
    let next: Vec<&str> = said.lines().filter(|line| line.contains(" runs/copy --input ")).collect();
    assert_eq!(next.len(), 2, "{said}");
    let answer = printed(directory.path(), "generate runs/copy --input \"3 1 4 1 5 9 2 6 5 3\"");
    assert_eq!(answer.matches("3 1 4 1 5 9 2 6 5 3").count(), 2, "question and answer: {answer}");

    // The tour's run is replaced for whoever asks for it, and then it is the tour's no more.
    printed(directory.path(), &format!("{TINY} --force"));
    messages.refused("tour");
    assert_eq!(json("result.json")["steps"], 1);
    insta::assert_snapshot!("tour", messages.as_ref());
}
