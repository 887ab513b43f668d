use std::borrow::Cow;

use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin};

use crate::axis::Places;
use crate::block::{Axis, Block, Placed, Sizes};
use crate::colours::{Palette, Shade, rgb};
use crate::figure::Figure;
use crate::picture::{Drawn, Picture, chosen, draw};
use crate::reach::Reach;
use crate::shrink::{Shared, shared_words};
use crate::style::{APART, MARGIN, SECTION, Style};
use crate::surroundings::{Marks, add_colour_bar, add_headline, add_legend};
use crate::{Format, FullColour, PlotError, PlotOptions, Shading};

/// Draws the weights of one head as a PNG: queries down, keys across, a colour bar from 0 to 1.
///
/// Labels that do not fit are turned, made a little smaller and then left out at even steps; the first, the last and
/// special tokens stay. Signs without ink are made visible: a space at an edge of a token is `␣`, a line break `↵`, a tab
/// `⇥`, and a character that no font has is its code point, such as `U+4E2D`.
///
/// # Errors
///
/// As [`draw`].
pub fn head_png(
    record: &AttentionRecord,
    layer: usize,
    head: usize,
    options: &PlotOptions,
) -> Result<Vec<u8>, PlotError> {
    png(&Picture::Heads { record, layers: &[layer], heads: &[head] }, options)
}

/// Draws the weights of every head as one PNG: a row a layer, a column a head, one colour bar for all.
///
/// The tokens stand once a row and once a column, since they are the same for every head.
///
/// # Errors
///
/// As [`draw`].
pub fn grid_png(record: &AttentionRecord, options: &PlotOptions) -> Result<Vec<u8>, PlotError> {
    let [layers, heads, ..] = record.shape();
    let (layers, heads): (Vec<_>, Vec<_>) = ((0..layers).collect(), (0..heads).collect());
    png(&Picture::Heads { record, layers: &layers, heads: &heads }, options)
}

fn png(picture: &Picture<'_>, options: &PlotOptions) -> Result<Vec<u8>, PlotError> {
    let options = PlotOptions { format: Format::Png, ..options.clone() };
    draw(picture, &options).map(|Drawn { bytes, .. }| bytes)
}

/// Chosen heads of one record, with everything around them.
pub(crate) fn heads_figure<'a>(
    style: &Style<'_>,
    record: &'a AttentionRecord,
    layers: &[usize],
    heads: &[usize],
) -> Result<Figure<'a>, PlotError> {
    let mut block = heads_block(record, layers, heads, style.options);
    if layers.len() * heads.len() == 1 {
        block.sizes = Sizes::ONE;
    }
    let Placed { mut figure, area, shared, has_frames } = block.place(style)?;
    add_colour_bar(&mut figure, style, area, &block.shade, bar_title(style.options));
    let reach = Reach::of(record, layers, heads);
    let changes = [changes(style.options, &[shared]), reach.words(style.options)].concat();
    let mut marks = Marks { frames: has_frames, changes, ..Marks::default() };
    marks.add_mask(record.mask());
    add_legend(&mut figure, style, &marks);
    add_headline(&mut figure, style, style.title(&title(record, layers, heads)), &origin_words(record.origin()));
    Ok(figure.framed(style.px(MARGIN)))
}

/// The weights of one record minus those of another, head by head.
pub(crate) fn difference_figure<'a>(
    style: &Style<'_>,
    [record, other]: [&'a AttentionRecord; 2],
    names: [&str; 2],
    layers: &[usize],
    heads: &[usize],
) -> Result<Figure<'a>, PlotError> {
    // Frames are neither red nor blue.
    let style = &Style { palette: Palette { outline: rgb(0x0a8f3c), ..style.palette }, ..*style };
    let mut block = heads_block(record, layers, heads, style.options);
    if layers.len() * heads.len() == 1 {
        block.sizes = Sizes::ONE;
    }
    for (panels, layer) in block.panels.iter_mut().zip(layers) {
        for (panel, head) in panels.iter_mut().zip(heads) {
            let pairs = record.head(*layer, *head).iter().zip(other.head(*layer, *head));
            *panel = pairs.map(|(weight, other)| weight - other).collect();
        }
    }
    let least_and_most = |[least, most]: [f32; 2], value: &f32| [least.min(*value), most.max(*value)];
    let ends = block.panels.iter().flatten().flat_map(|panel| panel.iter()).fold([0.0; 2], least_and_most);
    block.shade = Shade::signed([-1.0, 1.0]).reaching(ends);
    let Placed { mut figure, area, shared, has_frames } = block.place(style)?;
    add_colour_bar(&mut figure, style, area, &block.shade, "difference of weights");
    let reach = Reach::of(record, layers, heads).and(Reach::of(other, layers, heads));
    // Its colours are its own, whatever the options say of those of weights.
    let mut changes = changes(&PlotOptions::default(), &[shared]);
    changes.extend(reach.sum_words());
    if block.shade.is_exceeded() {
        changes.push("differences beyond −1 and 1 have the first and the last colour".to_string());
    }
    let mut marks = Marks { frames: has_frames, changes, ..Marks::default() };
    marks.add_mask(record.mask());
    add_legend(&mut figure, style, &marks);
    // A record of a single head does not know the number that it had among others; its name does.
    let [layer_count, head_count, ..] = record.shape();
    let title =
        if layer_count * head_count == 1 { record.kind().title().to_string() } else { title(record, layers, heads) };
    let subtitle = format!("{} minus {}", names[0], names[1]);
    add_headline(&mut figure, style, style.title(&format!("difference · {title}")), &subtitle);
    Ok(figure.framed(style.px(MARGIN)))
}

/// Heads of several records under each other.
pub(crate) fn sheet_figure<'a>(
    style: &Style<'_>,
    records: &'a [AttentionRecord],
    layers: Option<&[usize]>,
    heads: Option<&[usize]>,
) -> Result<Figure<'a>, PlotError> {
    let mut figure = Figure::default();
    let mut panels = crate::figure::Area::default();
    let mut marks = Marks::default();
    let (mut all_shared, mut reach) = (Vec::new(), Reach::default());
    for record in records {
        let (layers, heads) = chosen(record, layers, heads);
        let block = heads_block(record, &layers, &heads, style.options);
        reach = reach.and(Reach::of(record, &layers, &heads));
        let Placed { figure: mut part, area, shared, has_frames } = block.place(style)?;
        let name = style.words(record.kind().title(), SECTION).centred_at_x((area.left + area.right) as f32 / 2.0);
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
        figure.check_size(style)?;
    }
    add_colour_bar(&mut figure, style, panels, &reach.shade(style.options), bar_title(style.options));
    marks.changes = [changes(style.options, &all_shared), reach.words(style.options)].concat();
    add_legend(&mut figure, style, &marks);
    let origin = records.first().map(|record| origin_words(record.origin())).unwrap_or_default();
    add_headline(&mut figure, style, style.title("all attention"), &origin);
    Ok(figure.framed(style.px(MARGIN)))
}

fn heads_block<'a>(record: &'a AttentionRecord, layers: &[usize], heads: &[usize], options: &PlotOptions) -> Block<'a> {
    let single = layers.len() == 1 && heads.len() == 1;
    let names = |what: &str, numbers: &[usize]| {
        numbers.iter().filter(|_| !single).map(|number| format!("{what} {number}")).collect()
    };
    let (down, across) = axis_titles(record.kind());
    Block {
        panels: layers
            .iter()
            .map(|layer| heads.iter().map(|head| Cow::Borrowed(record.head(*layer, *head))).collect())
            .collect(),
        row_names: names("layer", layers),
        // The only head there is, which may be made of several, needs no number.
        column_names: if record.shape()[1] == 1 { Vec::new() } else { names("head", heads) },
        down: Axis { title: down, labels: record.query_tokens(), places: Places::Tokens },
        across: Axis { title: across, labels: record.key_tokens(), places: Places::Tokens },
        mask: record.mask(),
        alignment: record.alignment(),
        shade: Reach::of(record, layers, heads).shade(options),
        sizes: Sizes::grid(layers.len(), heads.len()),
    }
}

/// What the axes are called; where queries and keys are tokens of different sequences, of which.
pub(crate) fn axis_titles(kind: AttentionKind) -> (&'static str, &'static str) {
    match kind {
        AttentionKind::EncoderSelf | AttentionKind::DecoderSelf => ("query", "key"),
        AttentionKind::Cross => ("query (target)", "key (source)"),
    }
}

fn title(record: &AttentionRecord, layers: &[usize], heads: &[usize]) -> String {
    let kind = record.kind().title();
    match (layers, heads) {
        ([layer], [head]) => format!("{kind} · layer {layer} · head {head}"),
        _ => format!("{kind} · {} × {}", counted(layers.len(), "layer"), counted(heads.len(), "head")),
    }
}

pub(crate) fn bar_title(options: &PlotOptions) -> &'static str {
    match options.full_colour {
        FullColour::One => "attention weight",
        FullColour::PanelMaximum => "part of the panel's largest weight",
    }
}

/// What was done to the weights, to be said on the picture.
pub(crate) fn changes(options: &PlotOptions, shared: &[Shared]) -> Vec<String> {
    let shared = shared_words(shared, "weights");
    let threshold = options.threshold.map(|threshold| format!("weights below {threshold} are left blank"));
    let logarithm = (options.shading == Shading::Logarithmic).then(|| "logarithmic colours".to_string());
    let normalized = (options.full_colour == FullColour::PanelMaximum)
        .then(|| "normalized: colours of different panels cannot be compared".to_string());
    [shared, threshold, logarithm, normalized].into_iter().flatten().collect()
}

pub(crate) fn origin_words(origin: &Origin) -> String {
    let step = origin.step.map(|step| format!("step {step}"));
    let parts = [Some(origin.task.clone()), step, Some(origin.model.clone())];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

impl Marks {
    /// The hatchings that a mask brings.
    pub(crate) fn add_mask(&mut self, mask: Option<&[MaskCell]>) {
        let mask = mask.unwrap_or_default();
        self.causal |= mask.contains(&MaskCell::Causal);
        self.padding |= mask.contains(&MaskCell::Padding);
    }
}
