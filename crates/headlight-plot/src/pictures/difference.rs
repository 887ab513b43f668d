use headlight_record::AttentionRecord;

use crate::colours::palette::{Palette, rgb};
use crate::colours::shade::Shade;
use crate::error::PlotError;
use crate::figure::Figure;
use crate::layout::block::Placed;
use crate::layout::colour_bar::ColourBar;
use crate::layout::headline::add_headline;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::reach::Reach;
use crate::layout::style::{MARGIN, Style};
use crate::options::PlotOptions;
use crate::pictures::captions::changes;
use crate::pictures::heads::{heads_block, heads_title};

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
    ColourBar::titled("difference of weights").add(&mut figure, style, area, &block.shade);
    let reach = Reach::of(record, layers, heads).and(Reach::of(other, layers, heads));
    // A difference has colours of its own, whatever the options say of those of weights.
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
    let title = match layer_count * head_count {
        1 => record.kind().title().to_string(),
        _ => heads_title(record, layers, heads),
    };
    let subtitle = format!("{} minus {}", names[0], names[1]);
    add_headline(&mut figure, style, style.title(&format!("difference · {title}")), &subtitle);
    Ok(figure.framed(style.px(MARGIN)))
}
