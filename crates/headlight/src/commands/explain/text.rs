//! The steps as text of at most 100 columns.

use std::fmt::Write;

use anyhow::Context;
use headlight_plot::Scaling;
use headlight_record::{AttentionRecord, MaskCell, Steps};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of the terminal for the name of a row, and for each number.
const NAME: usize = 12;
const NUMBER: usize = 7;
/// At most this many rows and columns of a matrix are shown; of more, the first and the last.
const MOST: usize = 12;

/// A matrix to be written.
struct Table<'a> {
    /// `[rows, columns]`, row-major.
    values: &'a [f32],
    rows: &'a [String],
    columns: &'a [String],
    mask: Option<&'a [MaskCell]>,
}

/// All steps of one head.
pub(super) fn steps(record: &AttentionRecord, layer: usize, head: usize) -> anyhow::Result<String> {
    let steps = record
        .steps(layer, head)
        .context("the run recorded only its attention weights, not queries, keys and values")?;
    let Steps { of, products, scores, masked, weights, context } = &steps;
    let (queries, keys) = (record.query_tokens(), record.key_tokens());
    let features: Vec<String> = (0..of.d_head).map(|at| at.to_string()).collect();
    let value_features: Vec<String> = (0..of.d_value).map(|at| at.to_string()).collect();
    let (q, k, d) = (queries.len(), keys.len(), of.d_head);
    let added = if of.bias.is_some() { " + bias" } else { "" };

    let mut text = format!("{}\nsoftmax(mask(Q Kᵀ / √d_head{added})) V\n", heading(record, layer, head));
    let mut step = 0;
    let mut put = |name: String, table: Table<'_>| {
        step += 1;
        let _ = write!(text, "\n{step}. {name}\n{}", table.written());
    };
    let table = |values, rows, columns| Table { values, rows, columns, mask: None };
    put(format!("Q: what each of {q} queries looks for, in {d} features"), table(of.query, queries, &features));
    put(format!("K: what each of {k} keys can be found by"), table(of.key, keys, &features));
    put(format!("Q Kᵀ: each query times each key, {q} × {k}"), table(products, queries, keys));
    put(format!("scores = Q Kᵀ / √{d} = Q Kᵀ / {}", root(d)), table(scores, queries, keys));
    if let Some(bias) = of.bias {
        put("bias, which is added: the farther the key, the lower".to_string(), table(bias, queries, keys));
    }
    let mask = record.mask().filter(|mask| mask.iter().any(|cell| *cell != MaskCell::Visible));
    let (name, dots) = match mask {
        Some(_) => ("mask: a masked cell (·) gets a score of −∞", "a masked cell has weight 0"),
        None => ("mask: nothing is masked", "nothing is masked"),
    };
    put(name.to_string(), Table { mask, ..table(masked, queries, keys) });
    put(
        format!("weights = softmax of each row, which then sums to 1; {dots}"),
        Table { mask, ..table(weights, queries, keys) },
    );
    put(format!("V: what each key passes on, in {} features", of.d_value), table(of.value, keys, &value_features));
    put(format!("context = weights · V, {q} × {}", of.d_value), table(context, queries, &value_features));
    Ok(text)
}

/// The weights under each mask.
pub(super) fn masks(masked: &[(String, AttentionRecord)]) -> anyhow::Result<String> {
    let mut text = "What each mask does to the weights of the same scores (· is masked)\n".to_string();
    for (name, record) in masked {
        let steps =
            record.steps(0, 0).context("the run recorded only its attention weights, not queries, keys and values")?;
        let table = Table {
            values: steps.weights,
            rows: record.query_tokens(),
            columns: record.key_tokens(),
            mask: record.mask(),
        };
        let _ = write!(text, "\n{name}\n{}", table.written());
    }
    Ok(text)
}

/// Entropies with and without the scale.
pub(super) fn scaling(scaling: &Scaling) -> String {
    let most = (scaling.keys as f64).ln();
    let mut text = format!(
        "What the scale is for: mean entropy of {} draws of {} rows over {} keys, in nats\n\
         (ln {} = {most:.2} if a row attends to all keys equally, 0 if it attends to one)\n\n  d_head   Q Kᵀ / √d_head     Q Kᵀ\n",
        scaling.scaled.len(),
        scaling.queries,
        scaling.keys,
        scaling.keys
    );
    let means = Scaling::mean(&scaling.scaled).into_iter().zip(Scaling::mean(&scaling.unscaled));
    for (width, (scaled, unscaled)) in scaling.widths.iter().zip(means) {
        let _ = writeln!(text, "{width:>8} {scaled:>16.2} {unscaled:>8.2}");
    }
    text
}

/// What is explained.
pub(super) fn heading(record: &AttentionRecord, layer: usize, head: usize) -> String {
    let origin = record.origin();
    let step = origin.step.map(|step| format!("step {step}")).unwrap_or_default();
    let parts = [
        record.kind().title(),
        &format!("layer {}", record.layer_number(layer)),
        &format!("head {head}"),
        &origin.task,
        &step,
        &origin.model,
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// √d_head, in as few digits as say it.
pub(super) fn root(d_head: usize) -> String {
    let root = (d_head as f64).sqrt();
    if root.fract() == 0.0 { format!("{root}") } else { format!("{root:.2}") }
}

/// A number as it stands in a matrix.
pub(super) fn number(value: f64) -> String {
    let text = if value.abs() < 999.5 { format!("{value:.2}") } else { format!("{value:.0}") };
    let is_zero = text.bytes().all(|byte| !(b'1'..=b'9').contains(&byte));
    if is_zero { text.replace('-', "") } else { text.replace('-', "−") }
}

/// A token in at most this many columns; nothing in it controls the terminal.
pub(super) fn shown(token: &str, most: usize) -> String {
    let visible: String = token.chars().map(|sign| if sign.is_control() { '\u{fffd}' } else { sign }).collect();
    if visible.is_empty() {
        return "\"\"".to_string();
    }
    if visible.width() <= most {
        return visible;
    }
    let mut kept = String::new();
    for sign in visible.chars() {
        if kept.width() + sign.width().unwrap_or(0) + 1 > most {
            break;
        }
        kept.push(sign);
    }
    kept + "…"
}

impl Table<'_> {
    fn written(&self) -> String {
        let (rows, columns) = (positions(self.rows.len()), positions(self.columns.len()));
        let mut text = " ".repeat(NAME + 2);
        for column in &columns {
            text += &right(&column.map_or("…".to_string(), |at| shown(&self.columns[at], NUMBER - 1)), NUMBER);
        }
        text.push('\n');
        for row in rows {
            let Some(row) = row else {
                text += "  …\n";
                continue;
            };
            let name = shown(&self.rows[row], NAME);
            text += "  ";
            text += &name;
            text += &" ".repeat(NAME - name.width());
            for column in &columns {
                text += &right(&column.map_or("…".to_string(), |column| self.cell(row, column)), NUMBER);
            }
            text.push('\n');
        }
        let count = |count: usize, thing: &str| (count > MOST).then(|| format!("{count} {thing}"));
        let shortened = [count(self.rows.len(), "rows"), count(self.columns.len(), "columns")];
        let shortened: Vec<String> = shortened.into_iter().flatten().collect();
        if !shortened.is_empty() {
            text += &format!("  (shortened: {}; --query N shows a row in full)\n", shortened.join(", "));
        }
        text
    }

    fn cell(&self, row: usize, column: usize) -> String {
        let at = row * self.columns.len() + column;
        match self.mask {
            Some(mask) if mask[at] != MaskCell::Visible => "·".to_string(),
            _ => number(f64::from(self.values[at])),
        }
    }
}

/// Which of this many positions are shown; `None` stands for those between.
fn positions(count: usize) -> Vec<Option<usize>> {
    if count <= MOST {
        return (0..count).map(Some).collect();
    }
    let first = MOST / 2;
    let last = MOST - first - 1;
    (0..first).map(Some).chain([None]).chain((count - last..count).map(Some)).collect()
}

fn right(words: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(words.width())) + words
}
