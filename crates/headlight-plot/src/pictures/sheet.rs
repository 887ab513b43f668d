use std::borrow::Cow;

use headlight_record::AttentionRecord;

use crate::area::Area;
use crate::error::PlotError;
use crate::figure::Figure;
use crate::layout::block::{Placed, Sizes};
use crate::layout::colour_bar::ColourBar;
use crate::layout::headline::add_headline;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::reach::Reach;
use crate::layout::style::{APART, MARGIN, SECTION, Style};
use crate::pictures::captions::{bar_title, changes, origin_words};
use crate::pictures::heads::heads_block;

/// Heads of several records under each other.
pub(crate) fn sheet_figure<'a>(
    style: &Style<'_>,
    records: &'a [AttentionRecord],
    layers: Option<&[usize]>,
    heads: Option<&[usize]>,
) -> Result<Figure<'a>, PlotError> {
    let mut figure = Figure::default();
    let mut panels = Area::default();
    let mut marks = Marks::default();
    let (mut all_shared, mut reach) = (Vec::new(), Reach::default());
    for record in records {
        let (layers, heads) = chosen(record, layers, heads);
        let mut block = heads_block(record, &layers, &heads, style.options);
        block.sizes = Sizes::grid(layers.len(), heads.len()); // also where a record has one head only
        reach = reach.and(Reach::of(record, &layers, &heads));
        let Placed { figure: mut part, area, shared, has_frames } = block.place(style)?;
        let name = style.words(record.kind().title(), SECTION).centred_at_x(area.middle().0);
        let above = part.extent().top - style.px(APART);
        part.write(name.bottom_at(above));
        let top = if figure.panels.is_empty() { 0 } else { figure.extent().bottom + style.px(2.0 * APART) };
        let down = top - part.extent().top;
        part.shift(0, down);
        panels = panels.around(area.moved(0, down));
        marks.add_mask(record.mask());
        marks.frames |= has_frames;
        all_shared.push(shared);
        figure.join(part);
        figure.check_size(style.options.format)?;
    }
    let shade = reach.shade(style.options);
    ColourBar::titled(bar_title(style.options)).add(&mut figure, style, panels, &shade);
    marks.changes = [changes(style.options, &all_shared), reach.words(style.options)].concat();
    add_legend(&mut figure, style, &marks);
    let origin = records.first().map(|record| origin_words(record.origin())).unwrap_or_default();
    add_headline(&mut figure, style, style.title("all attention"), &origin);
    Ok(figure.framed(style.px(MARGIN)))
}

/// The chosen layers and heads of a record: all where there is no choice.
pub(super) fn chosen<'c>(
    record: &AttentionRecord,
    layers: Option<&'c [usize]>,
    heads: Option<&'c [usize]>,
) -> (Cow<'c, [usize]>, Cow<'c, [usize]>) {
    let [layer_count, head_count, ..] = record.shape();
    let or_all = |chosen: Option<&'c [usize]>, count| match chosen {
        Some(chosen) => Cow::Borrowed(chosen),
        None => (0..count).collect(),
    };
    (or_all(layers, layer_count), or_all(heads, head_count))
}
