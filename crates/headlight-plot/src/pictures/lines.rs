//! Attention as lines between two columns of tokens, as in BertViz: the queries on the left, the keys on the right.

use headlight_record::AttentionRecord;

use crate::area::Area;
use crate::error::PlotError;
use crate::figure::page::check_size;
use crate::figure::{Figure, Stroke};
use crate::layout::axis::{LabelKind, Room, labels_down};
use crate::layout::headline::add_headline;
use crate::layout::reach::Reach;
use crate::layout::style::{APART, AXIS, HEADER, MARGIN, NEAR, SUBTITLE, Style};
use crate::numbers::rounded;
use crate::pictures::captions::{axis_titles, origin_words};
use crate::text::line::Text;

/// Weights below this are left out unless a threshold says which are: of many keys those below half of an even share.
const FAINTEST: f32 = 0.02;
const EVEN_SHARE: f32 = 0.5;
/// A fainter line would not be seen.
const LEAST_OPACITY: f32 = 0.05;
/// So small a part of a head's weight needs no mention where it is left out.
const MENTIONED: f32 = 0.02;
/// From one token to the next, in pixels at scale 1: as many as leave the columns this high, within limits.
const COLUMN: f64 = 720.0;
const PITCH: [f64; 2] = [13.0, 24.0];
/// Between the two columns.
const SPAN: f64 = 150.0;
const LONGEST_LABEL: f32 = 90.0;

/// Chosen heads of a record: a row a layer, a column a head, a colour a head.
pub(crate) fn lines_figure<'a>(
    style: &Style<'_>,
    record: &AttentionRecord,
    layers: &[usize],
    heads: &[usize],
) -> Result<Figure<'a>, PlotError> {
    let [_, _, queries, keys] = record.shape();
    let pitch = style.px((COLUMN / queries.max(keys) as f64).clamp(PITCH[0], PITCH[1])).max(1);
    let mut figure = Figure::default();
    let mut top = 0;
    for layer in layers {
        let mut left = 0;
        for (at, head) in heads.iter().enumerate() {
            let mut part = one_head(style, record, (*layer, *head), pitch, at);
            let extent = part.extent();
            part.shift(left - extent.left, top - extent.top);
            left = part.extent().right + style.px(3.0 * APART);
            check_size(style.options.format, left.into(), top.into())?;
            figure.join(part);
        }
        figure.check_size(style.options.format)?;
        top = figure.extent().bottom + style.px(2.0 * APART);
    }
    let faintest = rounded(faintest(style, keys).into());
    let opacity = format!("opacity is the weight, and at least {LEAST_OPACITY}");
    let notes = [opacity, format!("weights below {faintest} are left out")]
        .into_iter()
        .chain(Reach::of(record, layers, heads).sum_words());
    let (left, mut below) = (figure.extent().left, figure.extent().bottom + style.px(2.0 * APART));
    for note in notes {
        let area = figure.write(style.coloured(&note, SUBTITLE, style.palette.faint).left_at(left).top_at(below));
        below = area.bottom + style.px(APART);
    }
    add_headline(&mut figure, style, style.title(record.kind().title()), &origin_words(record.origin()));
    Ok(figure.framed(style.px(MARGIN)))
}

fn one_head<'a>(
    style: &Style<'_>,
    record: &AttentionRecord,
    (layer, head): (usize, usize),
    pitch: i32,
    at: usize,
) -> Figure<'a> {
    let mut figure = Figure::default();
    let (span, near) = (style.px(SPAN), style.px(NEAR));
    let middle = |at: usize| pitch * at as i32 + pitch / 2;
    let faintest = faintest(style, record.shape()[3]);
    let (mut drawn, mut all) = (0.0, 0.0);
    let colour = style.palette.lines[at % style.palette.lines.len()];
    for query in 0..record.shape()[2] {
        let row = record.row(layer, head, query);
        all += row.iter().sum::<f32>();
        for (key, weight) in row.iter().enumerate().filter(|(_, weight)| **weight >= faintest && **weight > 0.0) {
            drawn += weight;
            let points = vec![(0, middle(query)), (span, middle(key))];
            let width = style.px(2.0).max(1).unsigned_abs();
            figure.strokes.push(Stroke { points, width, colour, opacity: weight.clamp(LEAST_OPACITY, 1.0).into() });
        }
    }
    let room = Room {
        pitch: pitch as f32,
        longest: style.size(LONGEST_LABEL),
        overhang: 0.0,
        scale: style.size(1.0),
        kind: LabelKind::Tokens,
    };
    let mut column = |tokens: &[String], beside: &dyn Fn(Text) -> Text| {
        let labels = labels_down(style.pen, tokens, room);
        for (at, words) in &labels.shown {
            let text = style.pen.text(words, labels.size, style.palette.ink, labels.direction);
            figure.write(beside(text).centred_at_y(middle(*at) as f32));
        }
    };
    column(record.query_tokens(), &|text| text.right_at(-2 * near));
    column(record.key_tokens(), &|text| text.left_at(span + 2 * near));
    let Area { left, right, .. } = figure.extent();
    let (down, across) = axis_titles(record.kind());
    let title = figure.write(style.words(down, AXIS).right_at(-2 * near).bottom_at(-near));
    let other = figure.write(style.words(across, AXIS).left_at(span + 2 * near).bottom_at(-near));
    let middle = (left.min(title.left) + right.max(other.right)) as f32 / 2.0;
    let left_out = if all > 0.0 { 1.0 - drawn / all } else { 0.0 };
    let left_out = match left_out {
        MENTIONED.. => format!(" · {:.0} % left out", 100.0 * left_out),
        _ => String::new(),
    };
    let name = style.coloured(&format!("layer {} · head {head}{left_out}", record.layer_number(layer)), HEADER, colour);
    figure.write(name.centred_at_x(middle).bottom_at(title.top - near));
    figure
}

fn faintest(style: &Style<'_>, keys: usize) -> f32 {
    style.options.threshold.unwrap_or(FAINTEST.min(EVEN_SHARE / keys as f32))
}
