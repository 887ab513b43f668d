//! Findings as text, no line of it wider than a terminal of 80 columns.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width, presets};
use headlight_record::Findings;
use headlight_record::findings::{Baseline, Cell, Table};
use unicode_width::UnicodeWidthStr;

use super::numbers::{is_numeric, written};

/// A line has at most so many columns of characters.
const LINE: usize = 80;
/// Between two columns of a table.
const GAP: usize = 2;
/// The first column, which every block repeats, leaves room for others.
const WIDEST_FIRST: usize = 36;

/// Behind the first table, longer ones are cut off here: the largest of very many pairs come first.
const MOST_ROWS: usize = 64;

/// All tables, and below them what their figures are based on; `rest` says where rows are that are not shown.
pub(crate) fn text(findings: &Findings, rest: &str) -> String {
    let mut text = String::new();
    for (nth, table) in findings.tables.iter().enumerate() {
        let hidden = if nth == 0 { 0 } else { table.rows.len().saturating_sub(MOST_ROWS) };
        if !table.title.is_empty() {
            text += &format!("{}\n", paragraph(&table.title));
        }
        for block in blocks(table, &table.rows[..table.rows.len() - hidden]) {
            text += &format!("{block}\n\n");
        }
        if hidden > 0 {
            text += &format!("{} more {rest}\n\n", crate::output::counted(hidden, "row"));
        }
    }
    let Findings { examples, seed, .. } = findings;
    // Some lenses read parameters alone.
    if *examples > 0 {
        text += &format!("{}, seed {seed}\n", crate::output::counted(*examples, "example"));
    }
    if let Some(Baseline { exact_match, loss }) = &findings.baseline {
        text += &format!(
            "{}\n",
            paragraph(&format!("unchanged model: {} {exact_match}, loss {loss}", findings.counted.title()))
        );
    }
    for note in &findings.notes {
        text += &format!("{}\n", paragraph(note));
    }
    text
}

/// A column as it is printed.
struct Column {
    title: String,
    cells: Vec<String>,
    alignment: CellAlignment,
    width: usize,
}

/// A table in as few blocks as lines have room for, the first column in each.
fn blocks(table: &Table, rows: &[Vec<Cell>]) -> Vec<String> {
    let shown = table.columns.iter().enumerate().filter(|(_, column)| !column.detail);
    let mut columns = shown.map(|(at, column)| {
        let cells: Vec<&Cell> = rows.iter().map(|row| &row[at]).collect();
        let alignment = if is_numeric(&cells) { CellAlignment::Right } else { CellAlignment::Left };
        let cells = written(&cells);
        let longest = cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
        Column { title: column.title.clone(), width: longest.max(on_two_lines(&column.title)), cells, alignment }
    });
    let Some(mut first) = columns.next() else { return Vec::new() };
    first.width = first.width.min(WIDEST_FIRST);
    let room = LINE - first.width;
    let mut blocks: Vec<Vec<Column>> = vec![Vec::new()];
    let mut left = room;
    for mut column in columns {
        column.width = column.width.min(room - GAP);
        if column.width + GAP > left {
            blocks.push(Vec::new());
            left = room;
        }
        left -= column.width + GAP;
        blocks.last_mut().expect("there is one").push(column);
    }
    blocks.iter().map(|block| print(&first, block)).collect()
}

fn print(first: &Column, others: &[Column]) -> String {
    let columns = || std::iter::once(first).chain(others);
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(LINE as u16);
    table.set_header(columns().map(|column| &column.title));
    for row in 0..first.cells.len() {
        table.add_row(columns().map(|column| &column.cells[row]));
    }
    for (column, of) in table.column_iter_mut().zip(columns()) {
        let gap = if std::ptr::eq(of, first) { 0 } else { GAP };
        column.set_padding((gap as u16, 0));
        column.set_cell_alignment(of.alignment);
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed((of.width + gap) as u16)));
    }
    table.trim_fmt()
}

/// The least width in which a header's words take no more than two lines.
fn on_two_lines(words: &str) -> usize {
    let spaces = words.match_indices(' ').map(|(at, _)| words[..at].width().max(words[at + 1..].width()));
    spaces.min().unwrap_or(words.width())
}

/// Words on as many lines as they need.
fn paragraph(words: &str) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(LINE as u16);
    table.add_row([words]);
    for column in table.column_iter_mut() {
        column.set_padding((0, 0));
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use headlight_record::findings::{Column, Estimate};

    use super::*;

    fn findings(columns: usize) -> Findings {
        let estimate = |mean: f64| Estimate { mean, low: mean - 0.01, high: mean + 0.01, examples: 256 };
        let named = (0..columns).map(|at| Column::new(&format!("c{at}"), &format!("weight on token {at}")));
        let row = |head: usize| {
            let numbers = (0..columns).map(|at| Cell::from(estimate(0.1 * (head + at) as f64 - 0.3)));
            [Cell::from(format!("L0H{head}"))].into_iter().chain(numbers).chain([Cell::from("左".repeat(90))]).collect()
        };
        let columns = [Column::new("head", "head")].into_iter().chain(named).chain([Column::detail("long", "long")]);
        let table = Table { title: "Scores".to_string(), columns: columns.collect(), rows: (0..4).map(row).collect() };
        let notes = vec!["a threshold is an option ".repeat(5)];
        Findings { examples: 256, seed: 7, tables: vec![table], notes, ..Findings::default() }
    }

    #[test]
    fn no_line_is_wider_than_a_terminal_and_no_number_is_lost() {
        for columns in 1..12 {
            let mut findings = findings(columns);
            for detail in [true, false] {
                findings.tables[0].columns[columns + 1].detail = detail;
                let text = text(&findings, "with --json");
                let widest = text.lines().map(UnicodeWidthStr::width).max();
                assert!(widest <= Some(LINE), "{columns}: {widest:?}\n{text}");
                assert_eq!(text.matches(']').count(), 4 * columns, "{text}");
                assert_eq!(text.matches('左').count(), if detail { 0 } else { 4 * 90 }, "{text}");
                let blocks = text.matches("L0H3").count();
                assert_eq!(blocks, text.matches("head ").count(), "each block names its rows\n{text}");
                assert!(text.contains("256 examples, seed 7") && !text.contains("-0.00"), "{text}");
            }
        }
    }

    #[test]
    fn a_long_table_behind_the_first_is_cut_off_and_says_so() {
        let mut findings = findings(1);
        let rows = (0..70).map(|row| vec![Cell::from(format!("row {row}."))]).collect();
        let long = Table { title: String::new(), columns: vec![Column::new("row", "row")], rows };
        findings.tables.push(long.clone());
        let cut = text(&findings, "with --json");
        assert!(
            cut.contains("row 63.") && !cut.contains("row 64.") && cut.contains("6 rows more with --json"),
            "{cut}"
        );
        findings.tables = vec![long];
        assert!(text(&findings, "with --json").contains("row 69."));
    }

    #[test]
    fn headers_take_two_lines_at_most() {
        for (words, width) in [("head", 4), ("previous token", 8), ("a b c d", 3), ("", 0)] {
            assert_eq!(on_two_lines(words), width, "{words}");
        }
    }
}
