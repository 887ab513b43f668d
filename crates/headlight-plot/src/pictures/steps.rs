//! One head's attention as a sheet that reads like the equation.

use headlight_record::{AttentionRecord, Steps};

use crate::colours::shade::Shade;
use crate::error::PlotError;
use crate::figure::{Figure, Stroke};
use crate::layout::axis::{Axis, LabelKind};
use crate::layout::headline::add_headline;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::reach::Reach;
use crate::layout::shrink::Shared;
use crate::layout::style::{APART, HEADER, MARGIN, Style};
use crate::pictures::captions::{axis_titles, changes, with_origin};
use crate::pictures::plate::{Bar, Plate, without_infinities};

/// Of the longer side of a matrix, in pixels at scale 1.
const PANEL: f64 = 324.0;
/// Between a matrix and a sign.
const GAP: f64 = 16.0;
const SIGN: f32 = 24.0;
/// The shortest arrow.
const ARROW: f64 = 56.0;

/// What stands in a line of the sheet.
enum Part<'a> {
    Matrix(Box<Plate<'a>>),
    /// An operator between two matrices.
    Sign(&'static str),
    /// What is done to each cell, or to each row.
    Arrow(String),
}

/// Q and Kᵀ and all that becomes of them: one line to the scores, and one from them to the context. `followed` is the query whose
/// row is framed.
pub(crate) fn steps_figure(
    style: &Style<'_>,
    record: &AttentionRecord,
    (layer, head): (usize, usize),
    followed: Option<usize>,
) -> Result<Figure<'static>, PlotError> {
    let steps = record.steps(layer, head).ok_or(PlotError::NoProjections)?;
    let sheet = Sheet::new(style, record, &steps, followed);
    let mut figure = Figure::default();
    let mut shared = Vec::new();
    for parts in [sheet.to_the_scores(), sheet.to_the_context()] {
        let mut line = place_line(style, &parts, &mut shared)?;
        let top = if figure.panels.is_empty() { 0 } else { figure.extent().bottom + style.px(3.0 * APART) };
        let extent = line.extent();
        line.shift(-extent.left, top - extent.top);
        figure.join(line);
    }

    let followed =
        followed.map(|at| format!("framed: the row of query {at}, {}", style.pen.shown(&record.query_tokens()[at])));
    let reach = Reach::of(record, &[layer], &[head]);
    let changes = followed.into_iter().chain(changes(style.options, &shared)).chain(reach.words(style.options));
    let mut marks = Marks { changes: changes.collect(), ..Marks::default() };
    marks.add_mask(record.mask());
    add_legend(&mut figure, style, &marks);
    let number = record.layer_number(layer);
    let title = format!("{} step by step · layer {number} · head {head}", record.kind().title());
    let added = if steps.of.bias.is_some() { " + bias" } else { "" };
    let subtitle = with_origin(&format!("softmax(mask(Q Kᵀ / √d_head{added})) V"), record.origin());
    add_headline(&mut figure, style, style.title(&title), &subtitle);
    Ok(figure.framed(style.px(MARGIN)))
}

/// What the matrices share.
struct Sheet<'a> {
    record: &'a AttentionRecord,
    steps: &'a Steps<'a>,
    followed: Option<usize>,
    features: Vec<String>,
    value_features: Vec<String>,
    /// Of queries and keys; of products; of scores; of weights; of values and context; of the bias.
    shades: [Shade; 6],
}

impl<'a> Sheet<'a> {
    fn new(style: &Style<'_>, record: &'a AttentionRecord, steps: &'a Steps<'a>, followed: Option<usize>) -> Self {
        let count = |width: usize| (0..width).map(|at| at.to_string()).collect();
        let most = |parts: &[&[f32]]| Shade::signed_over(parts.iter().copied().flatten());
        let of = &steps.of;
        let reach = Reach::of_rows(steps.weights, record.key_tokens().len());
        Self {
            record,
            steps,
            followed,
            features: count(of.d_head),
            value_features: count(of.d_value),
            shades: [
                most(&[of.query, of.key]),
                most(&[&steps.products]),
                most(&[&steps.scores, &steps.masked]),
                reach.shade(style.options),
                most(&[of.value, &steps.context]),
                most(&[of.bias.unwrap_or_default()]),
            ],
        }
    }

    fn to_the_scores(&self) -> Vec<Part<'_>> {
        let Steps { of, products, scores, .. } = self.steps;
        let (queries, keys) = (self.queries(), self.keys());
        let features = Axis { title: "feature", labels: &self.features, kind: LabelKind::Counted };
        let scale = (of.d_head as f64).sqrt();
        let root = if scale.fract() == 0.0 {
            format!("÷ √{} = {scale}", of.d_head)
        } else {
            format!("÷ √{} = {scale:.2}", of.d_head)
        };
        vec![
            self.matrix("Q", of.query.to_vec(), (queries, features), 0),
            Part::Sign("×"),
            whole(self.plate("Kᵀ", transposed(of.key, of.d_head), (features, keys), 0)),
            Part::Sign("="),
            self.matrix("Q Kᵀ", products.clone(), (queries, keys), 1),
            Part::Arrow(format!("÷ √d_head\n{root}")),
            self.matrix("scores", scores.clone(), (queries, keys), 2),
        ]
    }

    fn to_the_context(&self) -> Vec<Part<'_>> {
        let Steps { of, masked, weights, context, .. } = self.steps;
        let (queries, keys) = (self.queries(), self.keys());
        let features = Axis { title: "feature", labels: &self.value_features, kind: LabelKind::Counted };
        let mut parts = Vec::new();
        if let Some(bias) = of.bias {
            parts.push(Part::Sign("+"));
            parts.push(self.matrix("bias", bias.to_vec(), (queries, keys), 5));
        }
        // Masked cells are hatched: their −∞ has no colour.
        let hatched = |title: &str, values: Vec<f32>, shade: usize| {
            Part::Matrix(Box::new(Plate {
                mask: self.record.mask(),
                ..self.plate(title, values, (queries, keys), shade)
            }))
        };
        parts.extend([
            Part::Arrow("mask".to_string()),
            hatched("masked scores", without_infinities(masked), 2),
            Part::Arrow("softmax\nof each row".to_string()),
            hatched("weights", weights.to_vec(), 3),
            Part::Sign("×"),
            whole(self.plate("V", of.value.to_vec(), (keys, features), 4)),
            Part::Sign("="),
            self.matrix("context", context.clone(), (queries, features), 4),
        ]);
        parts
    }

    fn queries(&self) -> Axis<'_> {
        Axis { title: axis_titles(self.record.kind()).0, labels: self.record.query_tokens(), kind: LabelKind::Tokens }
    }

    fn keys(&self) -> Axis<'_> {
        Axis { title: axis_titles(self.record.kind()).1, labels: self.record.key_tokens(), kind: LabelKind::Tokens }
    }

    fn matrix<'s>(&'s self, title: &str, values: Vec<f32>, axes: (Axis<'s>, Axis<'s>), shade: usize) -> Part<'s> {
        Part::Matrix(Box::new(self.plate(title, values, axes, shade)))
    }

    fn plate<'s>(
        &'s self,
        title: &str,
        values: Vec<f32>,
        (down, across): (Axis<'s>, Axis<'s>),
        shade: usize,
    ) -> Plate<'s> {
        Plate {
            title: title.to_string(),
            subtitle: format!("{} × {}", down.labels.len(), across.labels.len()),
            values,
            down,
            across,
            mask: None,
            shade: self.shades[shade].clone(),
            followed: self.followed,
            bar: Bar::Beside,
            panel: PANEL,
        }
    }
}

/// Things beside each other, with the middles of all matrices at height 0. How many values share a cell goes to `shared`.
fn place_line(style: &Style<'_>, parts: &[Part<'_>], shared: &mut Vec<Shared>) -> Result<Figure<'static>, PlotError> {
    let mut line = Figure::default();
    let mut left = 0;
    for part in parts {
        let mut placed = match part {
            Part::Matrix(plate) => {
                let placed = plate.place(style)?;
                shared.push(placed.shared);
                placed.figure
            }
            Part::Sign(sign) => sign_figure(style, sign),
            Part::Arrow(words) => arrow_figure(style, words),
        };
        placed.shift(left - placed.extent().left, 0);
        left = placed.extent().right + style.px(GAP);
        line.join(placed);
    }
    line.check_size(style.options.format)?;
    Ok(line)
}

/// A matrix whose rows are not queries: none of them is framed.
fn whole(plate: Plate<'_>) -> Part<'_> {
    Part::Matrix(Box::new(Plate { followed: None, ..plate }))
}

fn sign_figure(style: &Style<'_>, sign: &str) -> Figure<'static> {
    let mut figure = Figure::default();
    figure.write(style.words(sign, SIGN).centred_at_y(0.0));
    figure
}

/// An arrow to the right, with what it does above it.
fn arrow_figure(style: &Style<'_>, words: &str) -> Figure<'static> {
    let mut figure = Figure::default();
    let mut bottom = -style.px(APART);
    let mut length = style.px(ARROW);
    for words in words.lines().rev() {
        let text = style.words(words, HEADER).bottom_at(bottom);
        length = length.max(text.length);
        figure.texts.push(text);
        bottom = figure.extent().top - style.px(2.0);
    }
    for text in &mut figure.texts {
        *text = text.clone().centred_at_x(length as f32 / 2.0);
    }
    let (head, colour) = (style.px(6.0), style.palette.ink);
    let width = style.px(1.5).max(1).unsigned_abs();
    let stroke = |points| Stroke { points, width, colour, opacity: 1.0 };
    figure.strokes.push(stroke(vec![(0, 0), (length, 0)]));
    figure.strokes.push(stroke(vec![(length - head, -head), (length, 0), (length - head, head)]));
    figure
}

/// # Shapes
///
/// - matrix: `[rows, columns]`, row-major
/// - result: `[columns, rows]`
fn transposed(matrix: &[f32], columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|column| matrix.iter().skip(column).step_by(columns).copied()).collect()
}
