//! A figure as SVG: cells as strokes of one colour a path, text as text.
//!
//! A rectangle of its own for every cell would take some 90 bytes, 12 MB for 144 heads of 32 × 32. Here the commonest
//! colour of a panel is one rectangle, and each other colour one path, in which a run of cells takes some 8 bytes.

use std::fmt::Write;

use headlight_record::MaskCell;

use crate::colours::Palette;
use crate::figure::{Area, Figure, Fill, Paint, Panel, Stroke};
use crate::hatching::step_and_thickness;
use crate::text::{Anchor, Direction, Text};

/// Fonts as wide as ours first, so that labels keep their distance.
const FAMILIES: &str = "'DejaVu Sans','Bitstream Vera Sans',Verdana,sans-serif";

/// Draws a figure as an SVG document with this title.
pub(crate) fn svg(figure: &Figure<'_>, title: &str, palette: &Palette, scale: f64) -> String {
    let mut svg = Svg { out: String::new(), palette };
    let (width, height) = (figure.page.width(), figure.page.height());
    svg.put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILIES}\" role=\"img\">\n<title>{}</title>\n",
        escaped(title)
    ));
    svg.patterns(figure, scale);
    svg.put(format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"#{:x}\"/>\n", palette.paper));
    for panel in &figure.panels {
        svg.panel(panel);
    }
    for fill in &figure.fills {
        svg.fill(fill);
    }
    for stroke in &figure.strokes {
        svg.stroke(stroke);
    }
    svg.put(format_args!("<g xml:space=\"preserve\">\n"));
    for text in figure.texts.iter().chain(&figure.values) {
        svg.text(text);
    }
    svg.put(format_args!("</g>\n</svg>\n"));
    svg.out
}

struct Svg<'p> {
    out: String,
    palette: &'p Palette,
}

impl Svg<'_> {
    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        self.out.write_fmt(what).expect("a String takes everything");
    }

    /// The hatchings that the figure uses.
    fn patterns(&mut self, figure: &Figure<'_>, scale: f64) {
        let (step, thick) = step_and_thickness(scale);
        let Palette { hidden, hatch, .. } = *self.palette;
        for why in [MaskCell::Causal, MaskCell::Padding] {
            let in_panel = |panel: &Panel<'_>| panel.mask.as_ref().is_some_and(|mask| mask.contains(&why));
            let in_fill = |fill: &Fill| matches!(fill.paint, Paint::Hidden(reason) if reason == why);
            if !figure.panels.iter().any(in_panel) && !figure.fills.iter().any(in_fill) {
                continue;
            }
            // The second and third line of each direction are the corners that the neighbouring tiles' lines cut.
            let (before, after) = (step - 1, step + 1);
            let rising = format!("M-1 {after}L{after} -1M-1 1L1 -1M{before} {after}L{after} {before}");
            let falling = format!("M-1 -1L{after} {after}M-1 {before}L1 {after}M{before} -1L{after} 1");
            let lines = if why == MaskCell::Padding { rising + &falling } else { rising };
            self.put(format_args!(
                "<pattern id=\"{}\" width=\"{step}\" height=\"{step}\" patternUnits=\"userSpaceOnUse\">\
                 <rect width=\"{step}\" height=\"{step}\" fill=\"#{hidden:x}\"/>\
                 <path d=\"{lines}\" stroke=\"#{hatch:x}\" stroke-width=\"{}\"/></pattern>\n",
                pattern_name(why),
                f64::from(thick) * 0.7,
            ));
        }
    }

    fn panel(&mut self, panel: &Panel<'_>) {
        let Area { left, top, .. } = panel.area;
        let (width, height) = panel.cell;
        let runs = Runs::of(panel);

        // 1. The commonest colour fills the panel, unless cells are left blank.
        let longest = (0..=u8::MAX).max_by_key(|index| runs.cells[usize::from(*index)]);
        let base = longest.filter(|_| !runs.some_are_blank);
        if let Some(index) = base {
            let fill = Fill { area: panel.area, paint: Paint::Solid(panel.shade.numbered(index)) };
            self.fill(&fill);
        }

        // 2. Every other colour is one path of lines as thick as a row.
        self.put(format_args!(
            "<g transform=\"translate({left},{}) scale({width},{height})\" shape-rendering=\"crispEdges\">\n",
            f64::from(top) + f64::from(height) / 2.0
        ));
        for index in (0..=u8::MAX).filter(|index| Some(*index) != base) {
            let path = &runs.paths[usize::from(index)];
            if !path.is_empty() {
                self.put(format_args!("<path stroke=\"#{:x}\" d=\"{path}\"/>\n", panel.shade.numbered(index)));
            }
        }
        self.put(format_args!("</g>\n"));

        // 3. Hidden cells lie over them, with one pattern for the page.
        for (why, path) in [(MaskCell::Causal, &runs.causal), (MaskCell::Padding, &runs.padding)] {
            if !path.is_empty() {
                self.put(format_args!("<path fill=\"url(#{})\" d=\"{path}\"/>\n", pattern_name(why)));
            }
        }

        // 4. Frames lie inside their cells.
        if !panel.outlined.is_empty() {
            let thick = panel.frame;
            self.put(format_args!(
                "<path fill=\"none\" stroke=\"#{:x}\" stroke-width=\"{thick}\" d=\"",
                self.palette.outline
            ));
            for (row, column) in panel.outlined.iter() {
                let cell = panel.cell(*row, *column);
                let (x, y) = (half(2 * cell.left + thick), half(2 * cell.top + thick));
                let (across, down) = (cell.width() - thick, cell.height() - thick);
                self.put(format_args!("M{x} {y}h{across}v{down}h-{across}z"));
            }
            self.put(format_args!("\"/>\n"));
        }
    }

    fn fill(&mut self, fill: &Fill) {
        let Area { left, top, .. } = fill.area;
        let (width, height) = (fill.area.width(), fill.area.height());
        self.put(format_args!("<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\""));
        match fill.paint {
            Paint::Solid(colour) => self.put(format_args!("#{colour:x}\"/>\n")),
            Paint::Hidden(why) => self.put(format_args!("url(#{})\"/>\n", pattern_name(why))),
        }
    }

    fn stroke(&mut self, stroke: &Stroke) {
        self.put(format_args!("<path fill=\"none\" stroke=\"#{:x}\" stroke-width=\"{}\"", stroke.colour, stroke.width));
        if stroke.opacity < 1.0 {
            self.put(format_args!(" stroke-opacity=\"{:.3}\"", stroke.opacity));
        }
        self.put(format_args!(" stroke-linejoin=\"round\" d=\""));
        for (at, (x, y)) in stroke.points.iter().enumerate() {
            self.put(format_args!("{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' }));
        }
        self.put(format_args!("\"/>\n"));
    }

    fn text(&mut self, text: &Text) {
        let (x, y) = text.start;
        let along = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => f64::from(text.length) / 2.0,
            Anchor::End => f64::from(text.length),
        };
        let (x, y, turn) = match text.direction {
            Direction::Right => (f64::from(x) + along, f64::from(y), String::new()),
            Direction::Up => {
                let y = f64::from(y) - along;
                (f64::from(x), y, format!(" transform=\"rotate(-90 {x} {y})\""))
            }
        };
        let anchor = match text.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"#{:x}\"{anchor}{turn}>{}</text>\n",
            text.size,
            text.ink,
            escaped(&text.words)
        ));
    }
}

/// The cells of a panel as paths.
struct Runs {
    /// For each colour its runs as `M column row h length`.
    paths: Vec<String>,
    /// For each colour how many cells have it.
    cells: Vec<usize>,
    some_are_blank: bool,
    /// Hidden cells as rectangles in pixels.
    causal: String,
    padding: String,
}

impl Runs {
    fn of(panel: &Panel<'_>) -> Self {
        let mut runs = Self {
            paths: vec![String::new(); 256],
            cells: vec![0; 256],
            some_are_blank: false,
            causal: String::new(),
            padding: String::new(),
        };
        for (row, values) in panel.values.chunks_exact(panel.columns).enumerate() {
            let mut column = 0;
            while column < panel.columns {
                let look = |column: usize| (panel.hidden(row, column), panel.shade.index(values[column]));
                let (first, begin) = (look(column), column);
                while column < panel.columns
                    && (first.0.is_some() && panel.hidden(row, column) == first.0
                        || first.0.is_none() && look(column) == first)
                {
                    column += 1;
                }
                runs.add(panel, row, begin..column, first);
            }
        }
        runs
    }

    fn add(
        &mut self,
        panel: &Panel<'_>,
        row: usize,
        columns: std::ops::Range<usize>,
        (hidden, index): (Option<MaskCell>, Option<u8>),
    ) {
        if let Some(why) = hidden {
            let area = panel.cell(row, columns.start).around(panel.cell(row, columns.end - 1));
            let path = if why == MaskCell::Padding { &mut self.padding } else { &mut self.causal };
            let (width, height) = (area.width(), area.height());
            path.push_str(&format!("M{} {}h{width}v{height}h-{width}z", area.left, area.top));
        } else if let Some(index) = index {
            self.cells[usize::from(index)] += columns.len();
            self.paths[usize::from(index)].push_str(&format!("M{} {row}h{}", columns.start, columns.len()));
        } else {
            self.some_are_blank = true;
        }
    }
}

fn pattern_name(why: MaskCell) -> &'static str {
    if why == MaskCell::Padding { "headlight-padding" } else { "headlight-causal" }
}

/// `twice / 2`, exactly and without `.0`.
fn half(twice: i32) -> String {
    if twice % 2 == 0 { (twice / 2).to_string() } else { format!("{:.1}", f64::from(twice) / 2.0) }
}

/// Text as XML shows it as itself. Control characters, which XML has no place for, were made visible before.
fn escaped(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}
