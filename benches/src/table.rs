//! The report as Markdown that is aligned, so that it reads well in a terminal and in a document.

use crate::report::{Report, Row, Side};

const HEADINGS: [&str; 10] =
    ["", "unit", "Headlight", "peer", "ratio", "at least", "aim", "reached", "peak MiB", "peer's peak"];
/// The first columns are words, and read from the left.
const WORDS: usize = 2;

/// The notes, the table, and a line about the machine.
pub(crate) fn markdown(report: &Report) -> String {
    let rows: Vec<[String; 10]> = report.rows.iter().map(cells).collect();
    let mut paragraphs = report.notes.clone();
    paragraphs.push(align(&rows));
    paragraphs.push(machine(report));
    paragraphs.join("\n\n")
}

fn cells(row: &Row) -> [String; 10] {
    let best = row.best_peer();
    let peer = best.map(|side| {
        let way = side.peer.map(|peer| format!(" ({})", peer.label())).unwrap_or_default();
        number(side.median()) + &way
    });
    [
        row.label.clone(),
        row.unit.symbol().to_string(),
        number(row.headlight.median()),
        peer.unwrap_or_else(nothing),
        row.ratio().map_or_else(nothing, times),
        row.targets.map_or_else(nothing, |targets| format!("{} ×", targets.at_least)),
        row.targets.map_or_else(nothing, |targets| format!("{} ×", targets.aim)),
        row.reached().map_or_else(nothing, str::to_string),
        number(row.headlight.peak_mib()),
        number(best.and_then(Side::peak_mib)),
    ]
}

fn nothing() -> String {
    "–".to_string()
}

/// Three digits or so: more would be noise.
fn number(number: Option<f64>) -> String {
    match number {
        None => nothing(),
        Some(number) if number.abs() >= 100.0 => format!("{number:.0}"),
        Some(number) if number.abs() >= 10.0 => format!("{number:.1}"),
        Some(number) if number.abs() >= 1.0 => format!("{number:.2}"),
        Some(number) => format!("{number:.3}"),
    }
}

fn times(ratio: f64) -> String {
    if ratio >= 10.0 { format!("{ratio:.1} ×") } else { format!("{ratio:.2} ×") }
}

fn align(rows: &[[String; 10]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEADINGS[column].chars().count(), 3]).max().unwrap_or(3)
    };
    let widths: [usize; 10] = std::array::from_fn(width);
    let line = |cells: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = (0..widths.len()).map(cells).collect();
        format!("| {} |", cells.join(" | "))
    };
    let pad = |column: usize, text: &str| {
        let width = widths[column];
        if column < WORDS { format!("{text:<width$}") } else { format!("{text:>width$}") }
    };
    let rule = |column: usize| {
        let dashes = "-".repeat(widths[column] - 1);
        if column < WORDS { format!("-{dashes}") } else { format!("{dashes}:") }
    };
    let mut lines = vec![line(&|column| pad(column, HEADINGS[column])), line(&rule)];
    lines.extend(rows.iter().map(|row| line(&|column| pad(column, &row[column]))));
    lines.join("\n")
}

fn machine(report: &Report) -> String {
    let version = |name: &str, version: &Option<String>| version.as_ref().map(|version| format!("{name} {version}"));
    let load = |load: Option<f64>| load.map_or_else(|| "unknown".to_string(), |load| format!("{load:.2}"));
    let machine = &report.machine;
    let mut parts = vec![
        machine.processor.clone(),
        format!("cores: {}", machine.cores),
        format!("load {} before and {} after", load(machine.load_before), load(machine.load_after)),
        format!("rounds: {}, whose medians are shown", report.rounds),
        format!("training steps: {}", report.steps),
    ];
    parts.extend(version("Python", &report.python.python_version));
    parts.extend(version("PyTorch", &report.python.torch));
    parts.extend(version("transformers", &report.python.transformers));
    parts.extend(version("matplotlib", &report.python.matplotlib));
    format!("{}.", parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::peers::Peers;
    use crate::plan::Unit;
    use crate::report::tests::row;

    fn report(rows: Vec<Row>, notes: &[&str]) -> Report {
        let machine = Machine { processor: "Fast 9".to_string(), cores: 2, load_before: Some(0.125), load_after: None };
        let notes = notes.iter().map(ToString::to_string).collect();
        Report { machine, python: Peers::find("/nonexistent".as_ref()), rounds: 5, steps: 300, notes, rows }
    }

    #[test]
    fn every_line_of_the_table_is_equally_wide() {
        let rows = vec![
            row(Unit::StepsPerSecond, &[125.0], &[&[50.0], &[62.5]]),
            row(Unit::Milliseconds, &[0.0123], &[]),
            row(Unit::Mebibytes, &[], &[&[800.0]]),
        ];
        let text = markdown(&report(rows, &["One note."]));
        let table: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(table.len(), 5);
        let width = table[0].chars().count();
        assert!(table.iter().all(|line| line.chars().count() == width), "{text}");
        assert!(text.starts_with("One note.\n\n| "), "{text}");
        assert!(text.ends_with(
            "Fast 9; cores: 2; load 0.12 before and unknown after; rounds: 5, whose medians are shown; training steps: 300."
        ));
    }

    #[test]
    fn a_row_shows_medians_ratio_and_targets() {
        let cells = cells(&row(Unit::StepsPerSecond, &[120.0, 125.0, 130.0], &[&[50.0], &[62.5]]));
        let expected = ["work", "steps/s", "125", "62.5 (2 threads)", "2.00 ×", "1.5 ×", "2 ×", "aim", "64.0", "64.0"];
        assert_eq!(cells, expected);
    }

    #[test]
    fn what_was_not_measured_is_a_dash() {
        let cells = cells(&row(Unit::Seconds, &[3.125], &[]));
        assert_eq!(cells[2..6], ["3.12", "–", "–", "1.5 ×"]);
        assert_eq!(cells[9], "–");
    }

    #[test]
    fn numbers_have_about_three_digits() {
        assert_eq!([1234.5, 99.96, 9.0, 0.01234].map(|value| number(Some(value))), ["1234", "100.0", "9.00", "0.012"]);
    }
}
