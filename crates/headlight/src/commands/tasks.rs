use comfy_table::{Table, presets};
use headlight_train::tasks::TASKS;
use headlight_train::{Example, Measured, Task, TaskSpec};

use crate::output::say;

/// Lists the tasks: what each is, an example, its model, and how long it takes to learn.
pub(crate) fn tasks() -> anyhow::Result<()> {
    let measured = Measured::committed();
    let header = ["task", "what the model does", "example", "model", "steps", "seconds"].map(str::to_string);
    let rows = [header].into_iter().chain(TASKS.iter().map(|task| row(task, &measured)));
    let mut table = Table::new();
    table.load_style(presets::NOTHING).add_rows(rows);
    table.column_iter_mut().for_each(|column| _ = column.set_padding((0, 2)));
    say(table.trim_fmt())?;
    say("")?;
    say(format_args!(
        "Steps and seconds until solved, least to most of five seeds, measured with {} threads on {}.",
        measured.threads, measured.machine
    ))?;
    say("'headlight train TASK --help' explains one, and 'headlight train TASK --out DIR' trains it.")
}

fn row(task: &'static TaskSpec, measured: &Measured) -> [String; 6] {
    let runs = measured.of(task);
    let steps = range(runs.iter().map(|run| run.steps as f64), 0);
    let seconds = range(runs.iter().map(|run| run.seconds), 1);
    let model = task.architectures[0].to_string();
    [task.to_string(), task.about.to_string(), example(task), model, steps, seconds]
}

/// Question and answer, as one reads them.
fn example(task: &'static TaskSpec) -> String {
    if task.takes_pairs() {
        return "source TAB target".to_string();
    }
    let (task, example) = worked_example(task);
    format!("{} → {}", task.text(&example.source), task.text(&example.answer))
}

/// The task's own example, which a task on pairs does not have.
pub(crate) fn worked_example(spec: &'static TaskSpec) -> (Task, Example) {
    let task = Task::new(spec, spec.architectures[0]);
    let source = task.encode(spec.example).expect("a task's example is a question of it");
    let answer = task.answer(&source).expect("and has an answer");
    (task, Example { source, answer })
}

/// `70–90`, or `–` where nothing was measured.
fn range(numbers: impl Iterator<Item = f64>, digits: usize) -> String {
    let numbers: Vec<f64> = numbers.collect();
    let written = |number: Option<f64>| number.map(|number| format!("{number:.digits$}"));
    let (least, most) = (numbers.iter().copied().reduce(f64::min), numbers.iter().copied().reduce(f64::max));
    match (written(least), written(most)) {
        (Some(least), Some(most)) if least == most => least,
        (Some(least), Some(most)) => format!("{least}–{most}"),
        _ => "–".to_string(),
    }
}
