//! One query's row in full: every product of every dot product, the softmax, and the sum of the values.

use std::fmt::Write;

use anyhow::Context;
use headlight_record::{AttentionRecord, MaskCell};
use unicode_width::UnicodeWidthStr;

use super::text::{number, root, shown};

/// Columns of the terminal.
const WIDTH: usize = 100;
const NAME: usize = 24;

/// One row of the record's steps.
pub(super) fn row(record: &AttentionRecord, layer: usize, head: usize, query: usize) -> anyhow::Result<String> {
    let steps = record
        .steps(layer, head)
        .context("the run recorded only its attention weights, not queries, keys and values")?;
    let (of, keys) = (steps.of, record.key_tokens());
    let cells = query * keys.len()..(query + 1) * keys.len();
    let part = |numbers: &[f32], at: usize, width: usize| -> Vec<f64> {
        numbers[at * width..][..width].iter().copied().map(f64::from).collect()
    };
    let q = part(of.query, query, of.d_head);
    let mask = record.mask().map(|mask| &mask[cells.clone()]);
    let why = |key: usize| match mask.map(|mask| mask[key]) {
        Some(MaskCell::Causal) => Some("masked: a later token"),
        Some(MaskCell::Padding) => Some("masked: padding"),
        Some(MaskCell::Window) => Some("masked: outside the window"),
        Some(MaskCell::Masked) => Some("masked"),
        Some(MaskCell::Visible) | None => None,
    };
    let name = |key: usize| format!("  key {key} {}", shown(&keys[key], NAME));

    let token = shown(&record.query_tokens()[query], NAME);
    let mut text = format!("Query {query}, {token}, term by term\n\n");
    put_wrapped(&mut text, "  q =", vector(&q));

    // 1. Dot products, which are scores when they are scaled.
    let _ = writeln!(text, "\nq · k, and the score q · k / {}:", root(of.d_head));
    for key in 0..keys.len() {
        let k = part(of.key, key, of.d_head);
        let _ = writeln!(text, "{}", name(key));
        let terms = q
            .iter()
            .zip(&k)
            .enumerate()
            .map(|(at, (q, k))| format!("{}{}·{}", if at > 0 { "+ " } else { "" }, number(*q), bracketed(*k)));
        put_wrapped(&mut text, "   ", terms);
        let at = cells.start + key;
        let product = number(f64::from(steps.products[at]));
        let score = number(f64::from(steps.scores[at]));
        let _ = write!(text, "    = {product},  / {} = {score}", root(of.d_head));
        if let Some(bias) = of.bias {
            let biased = f64::from(steps.scores[at]) + f64::from(bias[at]);
            let _ = write!(text, ",  with the bias {} it is {}", number(f64::from(bias[at])), number(biased));
        }
        let _ = writeln!(text, "{}", why(key).map_or(String::new(), |why| format!(",  {why}")));
    }

    // 2. The softmax: a share of the sum of powers of e.
    let visible: Vec<usize> = (0..keys.len()).filter(|key| why(*key).is_none()).collect();
    if visible.is_empty() {
        text += "\nsoftmax: every key is masked, so all weights are 0, and so is the context\n";
        return Ok(text);
    }
    let masked = |key: usize| f64::from(steps.masked[cells.start + key]);
    let sum: f64 = visible.iter().map(|key| masked(*key).exp()).sum();
    let _ = writeln!(text, "\nsoftmax: e to the power of each score, as a share of their sum {}:", power(sum));
    for key in &visible {
        let weight = f64::from(steps.weights[cells.start + key]);
        let score = number(masked(*key));
        let part = power(masked(*key).exp());
        let _ = writeln!(text, "{}  e^{score} = {part},  / {} = {weight:.4}", padded(&name(*key)), power(sum));
    }

    // 3. The values, each as much of it as its weight.
    text += "\ncontext: each value times its weight, and their sum:\n";
    for key in &visible {
        let weight = f64::from(steps.weights[cells.start + key]);
        let _ = writeln!(text, "{}", name(*key));
        let value = part(of.value, *key, of.d_value);
        put_wrapped(&mut text, &format!("    {weight:.4} ×"), vector(&value));
    }
    let context = part(&steps.context, query, of.d_value);
    put_wrapped(&mut text, "  =", vector(&context));
    Ok(text)
}

/// The numbers of a vector, in brackets.
fn vector(numbers: &[f64]) -> impl Iterator<Item = String> {
    let last = numbers.len() - 1;
    numbers.iter().enumerate().map(move |(at, value)| {
        format!("{}{}{}", if at == 0 { "(" } else { "" }, number(*value), if at == last { ")" } else { "," })
    })
}

/// A power of e, which may be very large or very small.
fn power(value: f64) -> String {
    if (0.005..99_999.5).contains(&value) || value == 0.0 {
        number(value)
    } else {
        format!("{value:.2e}").replace('-', "−")
    }
}

/// A negative factor needs brackets.
fn bracketed(value: f64) -> String {
    let text = number(value);
    if text.starts_with('−') { format!("({text})") } else { text }
}

fn padded(name: &str) -> String {
    format!("{name}{}", " ".repeat((NAME / 2 + 10).saturating_sub(name.width())))
}

/// Words behind `before`, on as many lines as they need.
fn put_wrapped(text: &mut String, before: &str, words: impl Iterator<Item = String>) {
    let mut line = before.to_string();
    for word in words {
        if line.width() + 1 + word.width() > WIDTH {
            let _ = writeln!(text, "{line}");
            line = " ".repeat(before.width());
        }
        line.push(' ');
        line += &word;
    }
    let _ = writeln!(text, "{line}");
}
