use headlight_record::findings::{Cell, Table};

/// A table as comma-separated values (RFC 4180), details included. A column of means over examples becomes three: `x`, `x_low` and
/// `x_high`, its 95 % interval.
///
/// The crate `csv` would write the same, but turns on a feature of serde that Burn does not, and so asks for a second build of Burn.
pub(crate) fn csv(table: &Table) -> String {
    let is_estimated: Vec<bool> =
        (0..table.columns.len()).map(|at| table.rows.iter().any(|row| matches!(row[at], Cell::Estimate(_)))).collect();
    let columns = table.columns.iter().zip(&is_estimated);
    let header = columns.flat_map(|(column, estimated)| {
        let ends: &[&str] = if *estimated { &["", "_low", "_high"] } else { &[""] };
        ends.iter().map(|end| format!("{}{end}", column.name))
    });
    let rows = table.rows.iter().map(|row| {
        let cells = row.iter().zip(&is_estimated);
        cells.flat_map(|(cell, estimated)| fields(cell, if *estimated { 3 } else { 1 })).collect()
    });
    [header.collect::<Vec<_>>()].into_iter().chain(rows).map(|fields| line(&fields)).collect()
}

/// Fields on a line. One with a comma, a quotation mark or a line break in it is quoted.
fn line(fields: &[String]) -> String {
    let quoted = |field: &String| match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.clone(),
    };
    fields.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

/// The value of a cell in so many fields, those that it does not need empty.
fn fields(cell: &Cell, count: usize) -> Vec<String> {
    let mut fields = match cell {
        Cell::Count(count) => vec![count.to_string()],
        Cell::Number(number) => vec![number.to_string()],
        Cell::Text(text) => vec![text.clone()],
        Cell::Estimate(estimate) => [estimate.mean, estimate.low, estimate.high].map(|end| end.to_string()).to_vec(),
        Cell::Empty => Vec::new(),
    };
    fields.resize(count, String::new());
    fields
}

#[cfg(test)]
mod tests {
    use headlight_record::findings::{Column, Estimate};

    use super::*;

    #[test]
    fn a_mean_becomes_three_columns_and_words_are_quoted() {
        let estimate = Estimate { mean: 0.5, low: 0.25, high: 0.75, examples: 8 };
        let table = Table {
            title: String::new(),
            columns: vec![Column::new("what", "what"), Column::new("x", "x"), Column::detail("n", "n")],
            rows: vec![
                vec!["L0H0, \"first\"".into(), estimate.into(), 3_usize.into()],
                vec!["L0H1".into(), 1e-7.into(), Cell::Empty],
            ],
        };
        assert_eq!(csv(&table), "what,x,x_low,x_high,n\n\"L0H0, \"\"first\"\"\",0.5,0.25,0.75,3\nL0H1,0.0000001,,,\n");
    }
}
