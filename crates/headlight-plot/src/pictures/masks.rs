use headlight_record::AttentionRecord;

use crate::area::Area;
use crate::colours::shade::Shade;
use crate::error::PlotError;
use crate::figure::Figure;
use crate::figure::page::check_size;
use crate::layout::axis::{Axis, LabelKind};
use crate::layout::colour_bar::ColourBar;
use crate::layout::headline::add_headline;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::reach::Reach;
use crate::layout::style::{APART, MARGIN, Style};
use crate::pictures::captions::{axis_titles, bar_title, changes, with_origin};
use crate::pictures::plate::{Bar, Plate, without_infinities};

/// Of the longer side of a matrix, in pixels at scale 1.
const PANEL: f64 = 252.0;

/// A column for each mask: the scores that it leaves, and below them the weights that come of those.
pub(crate) fn masks_figure(
    style: &Style<'_>,
    masked: &[(String, AttentionRecord)],
) -> Result<Figure<'static>, PlotError> {
    let steps = masked.iter().map(|(_, record)| record.steps(0, 0));
    let steps: Vec<_> = steps.collect::<Option<_>>().ok_or(PlotError::NoProjections)?;
    let signed = Shade::signed_over(steps.iter().flat_map(|steps| &steps.masked));
    let reach = masked.iter().map(|(_, record)| Reach::of(record, &[0], &[0])).fold(Reach::default(), Reach::and);
    let weights = reach.shade(style.options);

    // 1. Two rows of matrices, in columns of one width.
    let mut rows = [Vec::new(), Vec::new()];
    let mut shared = Vec::new();
    for ((name, record), steps) in masked.iter().zip(&steps) {
        let (down, across) = axis_titles(record.kind());
        for (row, (title, subtitle, values, shade)) in rows.iter_mut().zip([
            (name.as_str(), "scores", without_infinities(&steps.masked), &signed),
            ("", "weights", steps.weights.to_vec(), &weights),
        ]) {
            let plate = Plate {
                title: title.to_string(),
                subtitle: subtitle.to_string(),
                values,
                down: Axis { title: down, labels: record.query_tokens(), kind: LabelKind::Tokens },
                across: Axis { title: across, labels: record.key_tokens(), kind: LabelKind::Tokens },
                mask: record.mask(),
                shade: shade.clone(),
                followed: None,
                bar: Bar::Shared,
                panel: PANEL,
            };
            let placed = plate.place(style)?;
            shared.push(placed.shared);
            row.push(placed);
        }
    }
    let widths = rows.iter().flatten().map(|placed| placed.figure.extent().width());
    let step = widths.max().unwrap_or(0) + style.px(2.0 * APART);
    check_size(style.options.format, i64::from(step).saturating_mul(masked.len() as i64), 1)?;
    let mut figure = Figure::default();
    let mut areas = Vec::new();
    for row in rows {
        let mut line = Figure::default();
        let mut area: Option<Area> = None;
        for (at, placed) in row.into_iter().enumerate() {
            let mut part = placed.figure;
            // Panels, not labels, stand in line.
            let right = at as i32 * step - placed.area.left;
            part.shift(right, 0);
            let panel = placed.area.moved(right, 0);
            area = Some(area.map_or(panel, |area| area.around(panel)));
            line.join(part);
        }
        let top = if figure.panels.is_empty() { 0 } else { figure.extent().bottom + style.px(2.0 * APART) };
        let down = top - line.extent().top;
        line.shift(0, down);
        areas.push(area.unwrap_or_default().moved(0, down));
        figure.join(line);
    }

    // 2. What all share.
    let mut bars = Figure::default();
    let right = figure.extent().right;
    for (area, shade, title) in [(areas[0], &signed, "score"), (areas[1], &weights, bar_title(style.options))] {
        let mut bar = Figure::default();
        ColourBar::titled(title).add(&mut bar, style, Area { right, ..area }, shade);
        bars.join(bar);
    }
    figure.join(bars);
    let changes = [changes(style.options, &shared), reach.words(style.options)].concat();
    let mut marks = Marks { changes, ..Marks::default() };
    masked.iter().for_each(|(_, record)| marks.add_mask(record.mask()));
    add_legend(&mut figure, style, &marks);
    let same = "the same Q Kᵀ / √d_head under each, and its softmax";
    let subtitle = masked.first().map(|(_, record)| with_origin(same, record.origin())).unwrap_or_default();
    add_headline(&mut figure, style, style.title("what each mask does"), &subtitle);
    Ok(figure.framed(style.px(MARGIN)))
}
