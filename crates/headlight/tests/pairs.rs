//! The task `file` from the command line: a run finds its pairs from any directory, and says what became of them.

mod program;

use program::{Messages, headlight, temporary, text};

const SMALL: &str = "--d-model 16 --heads 2 --layers 1 --d-ff 32 --threads 1 --checkpoint-every 2";

#[test]
fn a_run_finds_its_pairs_from_another_directory() {
    let (home, other) = (temporary(), temporary());
    let pairs: String = (0..40).map(|number| format!("x{number}\ty{}\n", number % 7)).collect();
    let path = home.path().join("pairs.txt");
    std::fs::write(&path, &pairs).expect("a file");
    let output = headlight(home.path(), &format!("train file pairs.txt --out run --max-steps 4 {SMALL}"));
    assert!(output.status.success(), "{}", text(&output.stderr));

    let run = home.path().join("run");
    let run = run.to_str().expect("a path in UTF-8");
    let output = headlight(other.path(), &format!("train --resume {run} --max-steps 6"));
    assert!(output.status.success(), "{}", text(&output.stderr));

    let mut messages = Messages::of(home.path());
    let ask = |input: &str| format!("generate run --input \"{input}\"");
    let output = headlight(other.path(), &format!("generate {run} --input x3"));
    assert!(output.status.success() && output.stderr.is_empty(), "the answer is known: {}", text(&output.stderr));
    messages.noted(&ask("x3 x4"));
    std::fs::write(&path, pairs + "x40\ty5\n").expect("a file");
    messages.when("a pair more");
    messages.noted(&ask("x3"));
    std::fs::write(&path, "x3 y5\n").expect("a file");
    messages.when("no tab");
    messages.noted(&ask("x3"));
    insta::assert_snapshot!("pairs", messages.as_ref());

    // Why it cannot be read, the system says.
    std::fs::remove_file(&path).expect("it is there");
    let output = headlight(other.path(), &format!("generate {run} --input x3"));
    assert!(output.status.success() && text(&output.stderr).contains("pairs.txt: "), "{}", text(&output.stderr));
}
