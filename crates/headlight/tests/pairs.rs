//! The task `file` from the command line: a run finds its pairs from any folder, and says what became of them.

mod program;

use program::{headlight, temporary};

const SMALL: &str = "--d-model 16 --heads 2 --layers 1 --d-ff 32 --threads 1 --checkpoint-every 2";

#[test]
fn a_run_finds_its_pairs_from_another_folder() {
    let (home, elsewhere) = (temporary(), temporary());
    let text: String = (0..40).map(|number| format!("x{number}\ty{}\n", number % 7)).collect();
    let pairs = home.path().join("pairs.txt");
    std::fs::write(&pairs, &text).expect("a file");
    let train = format!("train file pairs.txt --out run --max-steps 4 {SMALL}");
    let output = headlight(home.path(), train.split(' '));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let run = home.path().join("run");
    let run = run.to_str().expect("a path in UTF-8");
    let output = headlight(elsewhere.path(), ["train", "--resume", run, "--max-steps", "6"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let note = |input: &str| {
        let output = headlight(elsewhere.path(), ["generate", run, "--input", input]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).expect("text")
    };
    assert_eq!(note("x3"), "", "the answer is known");
    assert!(note("x3 x4").contains("the question is not in the file of pairs"));
    std::fs::write(&pairs, text + "x40\ty5\n").expect("a file");
    assert!(
        note("x3").contains("nobody knows the right answer") && note("x3").contains("has changed since the run began")
    );
    std::fs::remove_file(&pairs).expect("it is there");
    let missing = note("x3");
    assert!(missing.contains("pairs.txt: ") && !missing.contains("is not in the file"), "{missing}");
}
