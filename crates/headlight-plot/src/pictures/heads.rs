use std::borrow::Cow;

use headlight_record::AttentionRecord;

use crate::error::PlotError;
use crate::figure::Figure;
use crate::layout::axis::{Axis, LabelKind};
use crate::layout::block::{Block, Placed, Sizes};
use crate::layout::cell_numbers::CellNumbers;
use crate::layout::colour_bar::ColourBar;
use crate::layout::headline::add_headline;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::reach::Reach;
use crate::layout::style::{MARGIN, Style};
use crate::options::PlotOptions;
use crate::pictures::captions::{axis_titles, bar_title, changes, origin_words};

/// Chosen heads of one record, with everything around them.
pub(crate) fn heads_figure<'a>(
    style: &Style<'_>,
    record: &'a AttentionRecord,
    layers: &[usize],
    heads: &[usize],
) -> Result<Figure<'a>, PlotError> {
    let block = heads_block(record, layers, heads, style.options);
    let Placed { mut figure, area, shared, has_frames } = block.place(style)?;
    ColourBar::titled(bar_title(style.options)).add(&mut figure, style, area, &block.shade);
    let reach = Reach::of(record, layers, heads);
    let changes = [changes(style.options, &[shared]), reach.words(style.options)].concat();
    let mut marks = Marks { frames: has_frames, changes, ..Marks::default() };
    marks.add_mask(record.mask());
    add_legend(&mut figure, style, &marks);
    add_headline(&mut figure, style, style.title(&heads_title(record, layers, heads)), &origin_words(record.origin()));
    Ok(figure.framed(style.px(MARGIN)))
}

/// Chosen heads of a record: a row a layer, a column a head.
pub(super) fn heads_block<'a>(
    record: &'a AttentionRecord,
    layers: &[usize],
    heads: &[usize],
    options: &PlotOptions,
) -> Block<'a> {
    let single = layers.len() == 1 && heads.len() == 1;
    let [row_names, column_names] = head_names(record, layers, heads);
    let (down, across) = axis_titles(record.kind());
    Block {
        panels: layers
            .iter()
            .map(|layer| heads.iter().map(|head| Cow::Borrowed(record.head(*layer, *head))).collect())
            .collect(),
        row_names,
        column_names,
        down: Axis { title: down, labels: record.query_tokens(), kind: LabelKind::Tokens },
        across: Axis { title: across, labels: record.key_tokens(), kind: LabelKind::Tokens },
        mask: record.mask(),
        alignment: record.alignment(),
        shade: Reach::of(record, layers, heads).shade(options),
        numbers: CellNumbers::ButTheSmallest,
        sizes: if single { Sizes::ONE } else { Sizes::grid(layers.len(), heads.len()) },
    }
}

/// What stands before each layer's row and over each head's column: nothing where there is one panel.
pub(super) fn head_names(record: &AttentionRecord, layers: &[usize], heads: &[usize]) -> [Vec<String>; 2] {
    let single = layers.len() == 1 && heads.len() == 1;
    let names = |what: &str, numbers: &[usize]| {
        numbers.iter().filter(|_| !single).map(|number| format!("{what} {number}")).collect()
    };
    // The only head there is, which may be made of several, needs no number.
    let layers: Vec<usize> = layers.iter().map(|layer| record.layer_number(*layer)).collect();
    [names("layer", &layers), if record.shape()[1] == 1 { Vec::new() } else { names("head", heads) }]
}

/// What a picture of these heads is called.
pub(super) fn heads_title(record: &AttentionRecord, layers: &[usize], heads: &[usize]) -> String {
    let kind = record.kind().title();
    match (layers, heads) {
        ([layer], [head]) => format!("{kind} · layer {} · head {head}", record.layer_number(*layer)),
        _ => format!("{kind} · {} × {}", counted(layers.len(), "layer"), counted(heads.len(), "head")),
    }
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
