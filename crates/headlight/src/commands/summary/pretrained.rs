//! The tensors of a model that others trained, as its files have them.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use headlight_device::DeviceName;
use headlight_pretrained::{Checkpoint, known_families};
use serde_json::{Map, Value, json};

use crate::commands::place::Place;
use crate::output::say;

/// A tensor of a model.
struct Row {
    name: String,
    shape: Vec<usize>,
    number: String,
    parameters: usize,
}

/// Lists them, with what the configuration says of sizes.
pub(super) fn summary(place: &Place, as_json: bool) -> anyhow::Result<()> {
    let mut checkpoint = Checkpoint::open(&place.path, &DeviceName::default().open()?)?;
    let rows: Vec<Row> = checkpoint
        .tensors()
        .stored()
        .map(|tensor| Row {
            name: tensor.name.to_owned(),
            shape: tensor.shape.to_vec(),
            number: tensor.number,
            parameters: tensor.shape.iter().product(),
        })
        .collect();
    let family = checkpoint.model_type()?;
    let is_known = known_families().any(|known| known == family);
    let sizes = sizes(checkpoint.config());
    let total: usize = rows.iter().map(|row| row.parameters).sum();
    if as_json {
        let tensors = rows
            .iter()
            .map(|row| json!({"name": row.name, "shape": row.shape, "type": row.number, "parameters": row.parameters}));
        let tensors: Vec<Value> = tensors.collect();
        return say(serde_json::to_string_pretty(&json!({
            "model": place.name, "family": family, "known": is_known, "sizes": sizes, "tensors": tensors, "parameters": total,
        }))?);
    }
    let known = if is_known { "" } else { ", a family that Headlight does not know" };
    say(format_args!("{}: {family}{known}", place.name))?;
    let sizes: Vec<String> = sizes.iter().map(|(name, size)| format!("{name} {size}")).collect();
    say(sizes.join(" · "))?;
    say(table(&rows))?;
    say(format_args!("{} parameters in {} tensors", grouped(total), rows.len()))
}

/// The numbers in a configuration that are sizes: whole ones that name no token.
fn sizes(config: &Map<String, Value>) -> Map<String, Value> {
    let is_size = |name: &str, value: &Value| value.is_u64() && !name.ends_with("token_id");
    config
        .iter()
        .filter(|(name, value)| is_size(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn table(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["tensor", "shape", "type", "parameters"]);
    for row in rows {
        let shape = row.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ");
        table.add_row([row.name.clone(), shape, row.number.clone(), grouped(row.parameters)]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = Vec::new();
    if first > 0 {
        groups.push(&digits[..first]);
    }
    groups.extend((first..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
    groups.join(",")
}
