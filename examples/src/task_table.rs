//! How the measurement of the tasks is written down: for the file, and as the table of the book's page.

use headlight_train::tasks::TASKS;
use headlight_train::{Measured, MeasuredRun, Task, TrainingConfig};

const BEGIN: &str = "<!-- measured: cargo run -p headlight-examples --example measure_tasks -->";
const END: &str = "<!-- end of measured -->";

/// The file, with a line for each run, so that what changed can be seen.
///
/// # Errors
///
/// None that can happen: numbers and names always become JSON.
pub fn json(measured: &Measured) -> Result<String, serde_json::Error> {
    let runs: Vec<String> = measured.runs.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let machine = serde_json::to_string(&measured.machine)?;
    let runs = runs.join(",\n  ");
    Ok(format!("{{\n\"machine\": {machine},\n\"threads\": {},\n\"runs\": [\n  {runs}\n]\n}}\n", measured.threads))
}

/// The page with the table between its two marks; `None` of a page without them.
pub fn with_table(page: &str, measured: &Measured) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n{END}{after}", table(measured)))
}

/// A line for each task; a list in a cell has a number for each seed.
fn table(measured: &Measured) -> String {
    let mut table =
        "| task | model | target | steps | seconds | exact match % | other questions % | best head |\n|---|---|---:|---|---|---|---|---|\n"
            .to_string();
    for task in TASKS {
        let runs = measured.of(task);
        let Some(first) = runs.first() else { continue };
        let cell = |write: fn(&MeasuredRun) -> String| runs.iter().map(|run| write(run)).collect::<Vec<_>>().join(", ");
        let target = 100.0 * TrainingConfig::for_task(&Task::new(task, first.architecture)).target;
        table += &format!(
            "| `{task}` | {} | {target} % | {} | {} | {} | {} | {} |\n",
            first.architecture,
            cell(|run| if run.solved { run.steps.to_string() } else { format!("–{}", run.steps) }),
            cell(|run| format!("{:.1}", run.seconds)),
            cell(|run| percent(run.exact_match)),
            cell(|run| run.other_questions.map_or("–".to_string(), |exam| percent(exam.exact_match()))),
            cell(|run| format!("L{}H{} {:.2}", run.best_head.0, run.best_head.1, run.best_head.2)),
        );
    }
    table
}

/// Never rounded up to 100.
fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).floor() / 10.0;
    if tenths == 100.0 { "100".to_string() } else { format!("{tenths:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_show_what_is_committed() {
        let measured = Measured::committed();
        for page in [include_str!("../../docs/tasks.md"), include_str!("../../docs/zh/tasks.md")] {
            assert_eq!(with_table(page, &measured).as_deref(), Some(page), "run measure_tasks -- --pages");
        }
        let file = include_str!("../../crates/headlight-train/src/measured.json");
        assert_eq!(json(&measured).expect("numbers and names"), file);
    }

    #[test]
    fn only_a_whole_exam_is_100_percent() {
        assert_eq!([1.0, 0.9999, 0.995, 0.5].map(percent), ["100", "99.9", "99.5", "50.0"]);
    }
}
