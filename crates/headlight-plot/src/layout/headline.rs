//! What a picture is, and where it came from.

use colorous::Color;

use crate::area::Area;
use crate::figure::Figure;
use crate::layout::style::{APART, HEADLINE_ROOM, NEAR, SUBTITLE, Style, TITLE};

/// On top, in the middle of the panels, what this is, and below that where it came from.
pub(crate) fn add_headline(figure: &mut Figure<'_>, style: &Style<'_>, title: &str, subtitle: &str) {
    let panels = figure.panels.iter().map(|panel| panel.area).reduce(Area::around);
    let Area { left, right, .. } = panels.unwrap_or_else(|| figure.extent());
    add_headline_over(figure, style, (left + right) as f32 / 2.0, title, subtitle);
}

/// A headline with its middle at `middle`, or as near as it can be without making the figure wider.
pub(crate) fn add_headline_over(figure: &mut Figure<'_>, style: &Style<'_>, middle: f32, title: &str, subtitle: &str) {
    let content = figure.extent();
    let room = content.width().max(style.px(HEADLINE_ROOM)) as f32;
    let mut bottom = content.top - style.px(APART);
    let mut line = |words: &str, size: f32, ink: Color, bottom: i32| {
        let text = style.coloured(&style.pen.shorten(&style.shown(words), style.size(size), room), size, ink);
        let half = text.length as f32 / 2.0;
        let (first, last) = (content.left as f32 + half, content.right as f32 - half);
        let middle = if first < last { middle.clamp(first, last) } else { (first + last) / 2.0 };
        figure.write(text.centred_at_x(middle).bottom_at(bottom))
    };
    if !subtitle.is_empty() {
        let near = style.px(NEAR);
        bottom = line(subtitle, SUBTITLE, style.palette.faint, bottom - near).top - near;
    }
    line(title, TITLE, style.palette.ink, bottom);
}

/// A headline of a title that may be long: what has no room on its first line stands on a second one.
pub(crate) fn add_long_title(figure: &mut Figure<'_>, style: &Style<'_>, middle: f32, title: &str) {
    let room = figure.extent().width().max(style.px(HEADLINE_ROOM)) as f32;
    let fits = |words: &str| style.pen.length(&style.shown(words), style.size(TITLE)) <= room;
    if fits(title) {
        return add_headline_over(figure, style, middle, title, "");
    }
    // A sentence breaks best after a comma or a dot in the middle, else between words.
    let breaks = |mark: &str| title.match_indices(mark).map(|(at, _)| at).filter(|at| fits(&title[..*at])).last();
    let first = [" · ", ", "].into_iter().filter_map(breaks).max().or_else(|| breaks(" ")).unwrap_or(0);
    let rest = title[first..].trim_start_matches([' ', '·', ',']);
    if first == 0 {
        add_headline_over(figure, style, middle, title, "")
    } else {
        add_headline_over(figure, style, middle, &title[..first], rest)
    }
}
