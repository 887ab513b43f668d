//! `headlight collect`: a small sweep, its numbers against those of the runs' own files, and what is not replaced.
#![cfg(unix)]

mod program;

use std::collections::BTreeMap;
use std::path::Path;

use headlight_runs::{Layout, read_records};
use program::{Messages, contents, printed, temporary};
use serde_json::Value;

const SWEEP: &str = "sweep copy --out s --length 3 --symbols 6 --heads 1,2 --d-model 16,48 --seeds 0..2 --layers 1 --d-ff 32 \
                     --batch-size 16 --max-steps 120 --quiet";

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

/// The lines of a CSV without quotes, by the names of its columns.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).expect("text");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_string).collect::<Vec<_>>());
    let names = lines.next().expect("a header");
    lines.map(|line| names.iter().cloned().zip(line).collect()).collect()
}

/// The plan's runs with what their own files say.
fn results(sweep: &Path) -> Vec<(Value, Value)> {
    let plan = json(&sweep.join("sweep.json"));
    let runs = plan["runs"].as_array().expect("runs").clone();
    let result = |run: &Value| json(&sweep.join(run["directory"].as_str().expect("text")).join("result.json"));
    runs.into_iter().map(|run| (run.clone(), result(&run))).collect()
}

#[test]
fn numbers_are_those_of_the_runs_own_files() {
    let directory = temporary();
    let sweep = directory.path().join("s");
    printed(directory.path(), SWEEP);
    let said = printed(directory.path(), "collect s");
    let results = results(&sweep);
    assert_eq!(results.len(), 8);

    // 1. A row a run.
    let rows = rows(&sweep.join("results.csv"));
    for ((run, result), row) in results.iter().zip(&rows) {
        for axis in ["heads", "d-model", "seed"] {
            assert_eq!(Value::from(row[axis].clone()), run["settings"][axis]);
        }
        for name in ["solved", "steps", "held_out", "parameters"] {
            assert_eq!(row[name], result[name].to_string(), "{name} of {run}");
        }
        assert_eq!(row["exact_match"].parse::<f64>().ok(), result["exact_match"].as_f64());
        assert_eq!((row["state"].as_str(), Some(row["directory"].as_str())), ("finished", run["directory"].as_str()));
    }

    // 2. Cells, computed here from the results alone.
    let collected = json(&sweep.join("results.json"));
    let cells = collected["cells"].as_array().expect("cells");
    assert_eq!(cells.len(), 4);
    let mut all_solved = 0;
    for cell in cells {
        let is_in =
            |run: &Value| ["heads", "d-model"].iter().all(|axis| run["settings"][axis] == cell["settings"][axis]);
        let of_cell: Vec<&Value> = results.iter().filter(|(run, _)| is_in(run)).map(|(_, result)| result).collect();
        let solved: Vec<f64> = of_cell
            .iter()
            .filter(|result| result["solved"] == true)
            .filter_map(|result| result["steps"].as_f64())
            .collect();
        assert_eq!((cell["outcomes"].as_u64(), cell["solved"].as_u64()), (Some(2), Some(solved.len() as u64)));
        all_solved += solved.len();
        // The Wilson interval's ends are where (p − share)² = z² p (1 − p) / n.
        let share = solved.len() as f64 / 2.0;
        for end in ["low", "high"] {
            let p = cell["share"][end].as_f64().expect("a number");
            let (left, right) = ((p - share).powi(2), 1.959964_f64.powi(2) * p * (1.0 - p) / 2.0);
            assert!((left - right).abs() < 1e-6, "{cell}");
        }
        // Of two numbers the median is the mean, of which one that is not solved is never.
        let mean = solved.iter().sum::<f64>() / 2.0;
        assert_eq!(cell["steps"]["median"].as_f64(), (solved.len() == 2).then_some(mean));
        // Heads, width, solved and of how many stand side by side in the table that is printed.
        let text = |axis: &str| cell["settings"][axis].as_str().expect("text").to_string();
        let begins = [text("heads"), text("d-model"), solved.len().to_string(), "2".to_string()];
        assert!(
            said.lines().any(|line| line.split_whitespace().take(4).eq(begins.iter().map(String::as_str))),
            "{said}"
        );
    }
    assert!((1..8).contains(&all_solved), "some are solved, and some are not: {all_solved}");

    // 3. The head that a run's record aligns best has the role, where it has that much.
    for ((run, _), collected) in results.iter().zip(collected["runs"].as_array().expect("runs")) {
        let path = sweep.join(run["directory"].as_str().expect("text"));
        let records = read_records(&Layout::of(&path).attention()).expect("records");
        let (layer, head, score) = records[0].best_aligned_head().expect("copy says what it needs");
        let found = collected["heads"].as_array().expect("heads").iter();
        let mut found =
            found.filter(|of| (of["layer"].as_u64(), of["head"].as_u64()) == (Some(layer as u64), Some(head as u64)));
        let roles = found.next().expect("the head")["roles"].as_array().expect("roles").clone();
        let needed = roles.iter().find(|role| role[0] == "needed keys").and_then(|role| role[1].as_f64());
        if score > 0.5 {
            assert!((needed.expect("its role") - f64::from(score)).abs() < 0.1, "{score} {needed:?}");
        }
    }

    // 4. The page has the same runs, the file draws itself, and all comes out the same again.
    let page = std::fs::read_to_string(sweep.join("sweep.html")).expect("text");
    let data = page.split_once("id=\"sweep\">").and_then(|(_, rest)| rest.split_once("</script>")).expect("its data").0;
    let data: Value = serde_json::from_str(data).expect("JSON");
    for ((_, result), run) in results.iter().zip(data["runs"].as_array().expect("runs")) {
        assert_eq!(
            (&run["solved"], &run["steps"], &run["exactMatch"]),
            (&result["solved"], &result["steps"], &result["exact_match"])
        );
        let last = run["curve"][0].as_array().and_then(|steps| steps.last()).cloned();
        assert_eq!(last.as_ref(), Some(&result["steps"]));
    }
    let before = contents(&sweep);
    printed(directory.path(), "collect s");
    assert!(contents(&sweep) == before);
    printed(directory.path(), "plot s/results.json --format svg --out drawn");
    assert!(directory.path().join("drawn/share_solved.svg").is_file());
    printed(directory.path(), "collect s --rows d-model --cell heads=2 --cell heads=1,d-model=16");
    let cells = &json(&sweep.join("results.json"))["charts"][0]["down"]["title"];
    assert_eq!(cells, "d-model");
}

#[test]
fn what_is_missing_or_damaged_is_named_and_the_rest_goes_on() {
    let directory = temporary();
    let sweep = directory.path().join("s");
    printed(directory.path(), SWEEP);
    std::fs::remove_dir_all(sweep.join("runs/0000")).expect("room");
    std::fs::remove_file(sweep.join("runs/0001/result.json")).expect("room");
    std::fs::write(sweep.join("runs/0002/result.json"), "{").expect("room");
    std::fs::write(sweep.join("runs/0003/attention.safetensors"), "torn").expect("room");
    let metrics = sweep.join("runs/0001/metrics.jsonl");
    let text = std::fs::read(&metrics).expect("lines");
    std::fs::write(&metrics, &text[..text.len() - 7]).expect("room");
    let mut messages = Messages::of(directory.path());
    messages.noted("collect s");
    let states: Vec<String> = rows_of_states(&sweep);
    assert_eq!(states[..5], ["waiting", "started", "damaged", "finished", "finished"]);
    let collected = json(&sweep.join("results.json"));
    assert_eq!(collected["counts"]["finished"], 5);
    assert_eq!(collected["cells"][0]["outcomes"], 0);
    assert!(sweep.join("sweep.html").is_file() && sweep.join("pictures/share_solved.png").is_file());

    // Nobody's file is replaced, and then nothing is written at all.
    messages.when("a table that was edited");
    let csv = sweep.join("results.csv");
    std::fs::write(&csv, "mine").expect("room");
    messages.refused("collect s --rows d-model");
    std::fs::remove_file(&csv).expect("room");
    messages.when("pictures that collect did not make stay, and those that it makes no more go");
    let pictures = |name: &str| sweep.join("pictures").join(name);
    std::fs::write(pictures("mine.png"), "mine").expect("room");
    printed(directory.path(), "plot s/results.json --format svg --out s/pictures");
    printed(directory.path(), "collect s --cell heads=1,d-model=16");
    assert!(!pictures("roles_by_layer_decoder_self_1x2.png").exists());
    printed(directory.path(), "collect s");
    assert!(pictures("roles_by_layer_decoder_self_1x2.png").is_file());
    assert_eq!(std::fs::read(pictures("mine.png")).expect("mine"), b"mine");
    assert!(pictures("share_solved.svg").is_file());
    std::fs::write(sweep.join("runs/0004/report.html"), "mine").expect("room");
    messages.noted("collect s --reports");
    assert_eq!(std::fs::read(sweep.join("runs/0004/report.html")).expect("mine"), b"mine");
    messages.when("reports that are up to date");
    messages.noted("collect s --reports");

    messages.when("wrong requests");
    for line in [
        "collect nowhere",
        "collect s/runs/0004",
        "collect s --rows depth",
        "collect s --rows seed",
        "collect s --rows heads --columns heads",
        "collect s --cell heads",
        "collect s --cell seed=0",
        "collect s --cell heads=3",
    ] {
        messages.refused(line);
    }
    insta::assert_snapshot!("collect", messages.as_ref());
}

/// The study of docs/sweeps.md, with less to remember: recall needs a width before it needs heads, and who solves it has an induction head in
/// layer 1.
#[test]
fn a_study_in_small() {
    let directory = temporary();
    let options = "--length 3 --symbols 8 --heads 1,2 --d-model 8,32 --seeds 0..2 --max-steps 400 --quiet";
    printed(directory.path(), &format!("sweep recall --out s {options}"));
    printed(directory.path(), "collect s");
    let collected = json(&directory.path().join("s/results.json"));
    for cell in collected["cells"].as_array().expect("cells") {
        let solved = if cell["settings"]["d-model"] == "32" { 2 } else { 0 };
        assert_eq!(cell["solved"], solved, "{cell}");
        assert_eq!(cell["steps"]["median"].is_number(), solved == 2, "{cell}");
    }
    for run in collected["runs"].as_array().expect("runs") {
        let heads = run["heads"].as_array().expect("heads").iter();
        let is_induction = |head: &&Value| {
            head["roles"].as_array().is_some_and(|roles| roles.iter().any(|role| role[0] == "induction"))
        };
        let layers: Vec<&Value> = heads.filter(is_induction).map(|head| &head["layer"]).collect();
        assert_eq!(!layers.is_empty(), run["solved"] == true, "{run}");
        assert!(layers.iter().all(|layer| **layer == 1), "{run}");
    }
}

fn rows_of_states(sweep: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(sweep.join("results.csv")).expect("text");
    let at = text.lines().next().expect("a header").split(',').position(|name| name == "state").expect("a state");
    text.lines().skip(1).map(|line| line.split(',').nth(at).expect("a state").to_string()).collect()
}
