//! SVG as a drawing backend of plotters: cells as lines of one colour a path, text as text.
//!
//! plotters' own SVG backend takes some 90 bytes for a rectangle, 12 MB for 144 heads of 32 × 32. Here all rectangles of one
//! colour and height in a layer become one path, in which each takes some 10 bytes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write;

use headlight_record::MaskCell;
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind};

use crate::area::Area;
use crate::canvas::hatching::{Lines, step_and_thickness};
use crate::canvas::paint::{Canvas, paint};
use crate::canvas::photo::Photos;
use crate::colours::palette::Palette;
use crate::error::PlotError;
use crate::figure::page::check_size;
use crate::figure::photo::Photo;
use crate::figure::{Band, Figure};
use crate::options::Format;
use crate::text::line::{Anchor, Direction, Text};

/// Fonts as wide as ours first, so that labels keep their distance.
const FAMILIES: &str = "'DejaVu Sans','Bitstream Vera Sans',Verdana,sans-serif";

/// Draws a figure as an SVG document with this title.
pub(crate) fn svg(figure: &Figure<'_>, title: &str, palette: &Palette, scale: f64) -> Result<String, PlotError> {
    let (width, height) = (figure.page.width(), figure.page.height());
    check_size(Format::Svg, width.into(), height.into())?;
    let mut svg = Svg {
        body: String::new(),
        hatchings: [false; HATCHINGS.len()],
        photos: Photos::default(),
        layer: Layer::default(),
        size: (width, height),
    };
    paint(figure, &mut svg, palette)?;
    let mut document = String::with_capacity(svg.body.len() + 2048);
    put(
        &mut document,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILIES}\" xml:space=\"preserve\" role=\"img\">\n\
             <title>{}</title>\n",
            escaped(title)
        ),
    );
    for ((why, name), _) in HATCHINGS.into_iter().zip(svg.hatchings).filter(|(_, used)| *used) {
        put_pattern(&mut document, why, name, palette, scale);
    }
    document.push_str(&svg.photos.definitions()?);
    document.push_str(&svg.body);
    document.push_str("</svg>\n");
    Ok(document)
}

/// What the patterns of masked cells are called.
const HATCHINGS: [(MaskCell, &str); 4] = [
    (MaskCell::Causal, "headlight-causal"),
    (MaskCell::Padding, "headlight-padding"),
    (MaskCell::Window, "headlight-window"),
    (MaskCell::Masked, "headlight-masked"),
];

/// A document while it is drawn.
struct Svg {
    body: String,
    /// Which of the [`HATCHINGS`] were used.
    hatchings: [bool; HATCHINGS.len()],
    photos: Photos,
    layer: Layer,
    size: (i32, i32),
}

/// Rectangles that do not overlap, and so may be put in any order.
#[derive(Default)]
struct Layer {
    /// `M left top h width`, of lines that are as thick as the rectangles are high.
    rows: BTreeMap<Look, String>,
    /// By reason, in the order of [`HATCHINGS`]: hatched rectangles.
    hatched: [String; HATCHINGS.len()],
}

/// What rectangles of one path have in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    height: i32,
    colour: (u8, u8, u8),
    /// In thousandths.
    opacity: u16,
}

impl Svg {
    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        put(&mut self.body, what);
    }
}

impl DrawingBackend for Svg {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.size.0.unsigned_abs(), self.size.1.unsigned_abs())
    }

    fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<Infallible>> {
        Ok(())
    }

    fn present(&mut self) -> Result<(), DrawingErrorKind<Infallible>> {
        self.new_layer();
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Result<(), DrawingErrorKind<Infallible>> {
        self.draw_rect((x, y), (x + 1, y + 1), &colour, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        self.draw_path([from, to], style)
    }

    /// Filled rectangles wait for the end of their layer; borders are drawn at once.
    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        if !fill {
            let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
            return self.draw_path(corners, style);
        }
        let (width, height) = (to.0 - from.0, to.1 - from.1);
        let opacity = (style.color().alpha * 1000.0).round() as u16;
        let path = self.layer.rows.entry(Look { height, colour: style.color().rgb, opacity }).or_default();
        put(path, format_args!("M{} {}h{width}", from.0, from.1));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        let (colour, width) = (hex(style.color().rgb), style.stroke_width());
        self.put(format_args!("<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\""));
        if style.color().alpha < 1.0 {
            self.put(format_args!(" stroke-opacity=\"{:.3}\"", style.color().alpha));
        }
        self.put(format_args!(" stroke-linejoin=\"round\" d=\""));
        for (at, (x, y)) in path.into_iter().enumerate() {
            self.put(format_args!("{}{x} {y}", if at == 0 { 'M' } else { 'L' }));
        }
        self.put(format_args!("\"/>\n"));
        Ok(())
    }
}

impl Canvas for Svg {
    fn new_layer(&mut self) {
        let Layer { rows, hatched } = std::mem::take(&mut self.layer);
        let mut open = None;
        for (Look { height, colour, opacity }, path) in rows {
            // A line runs in the middle of its rectangle.
            if open != Some(height) {
                let end = if open.is_some() { "</g>\n" } else { "" };
                let half = f64::from(height) / 2.0;
                self.put(format_args!(
                    "{end}<g transform=\"translate(0,{half})\" stroke-width=\"{height}\" shape-rendering=\"crispEdges\">\n"
                ));
                open = Some(height);
            }
            self.put(format_args!("<path stroke=\"{}\"", hex(colour)));
            if opacity < 1000 {
                self.put(format_args!(" stroke-opacity=\"{}\"", f64::from(opacity) / 1000.0));
            }
            self.put(format_args!(" d=\"{path}\"/>\n"));
        }
        if open.is_some() {
            self.put(format_args!("</g>\n"));
        }
        for ((_, name), path) in HATCHINGS.into_iter().zip(hatched) {
            if !path.is_empty() {
                self.put(format_args!("<path fill=\"url(#{name})\" d=\"{path}\"/>\n"));
            }
        }
    }

    fn hatch(&mut self, area: Area, why: MaskCell) -> Result<(), PlotError> {
        let Some(kind) = HATCHINGS.iter().position(|(known, _)| *known == why) else { return Ok(()) };
        self.hatchings[kind] = true;
        let (width, height) = (area.width(), area.height());
        put(&mut self.layer.hatched[kind], format_args!("M{} {}h{width}v{height}h-{width}z", area.left, area.top));
        Ok(())
    }

    fn photo(&mut self, photo: &Photo) -> Result<(), PlotError> {
        let shown = self.photos.shown(photo);
        self.body.push_str(&shown);
        Ok(())
    }

    fn band(&mut self, band: &Band) -> Result<(), PlotError> {
        let Band { points, colour, opacity } = band;
        self.put(format_args!("<path fill=\"#{colour:x}\" fill-opacity=\"{opacity}\" d=\""));
        let over = points.iter().map(|(x, top, _)| (x, top));
        let under = points.iter().rev().map(|(x, _, bottom)| (x, bottom));
        for (at, (x, y)) in over.chain(under).enumerate() {
            self.put(format_args!("{}{x} {y}", if at == 0 { 'M' } else { 'L' }));
        }
        self.put(format_args!("z\"/>\n"));
        Ok(())
    }

    fn write(&mut self, text: &Text) -> Result<(), PlotError> {
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
        Ok(())
    }
}

fn put_pattern(document: &mut String, why: MaskCell, name: &str, palette: &Palette, scale: f64) {
    let (step, thick) = step_and_thickness(scale);
    let Palette { masked, hatch, .. } = palette;
    // The second and third line of each direction are the corners that the neighbouring tiles' lines cut.
    let (before, after) = (step - 1, step + 1);
    let rising = format!("M-1 {after}L{after} -1M-1 1L1 -1M{before} {after}L{after} {before}");
    let falling = format!("M-1 -1L{after} {after}M-1 {before}L1 {after}M{before} -1L{after} 1");
    let level = format!("M0 {0}H{step}", f64::from(thick) / 2.0);
    let of = Lines::of(why);
    let lines = [(of.rising, rising), (of.falling, falling), (of.level, level)];
    let lines: String = lines.into_iter().filter(|(there, _)| *there).map(|(_, line)| line).collect();
    put(
        document,
        format_args!(
            "<pattern id=\"{}\" width=\"{step}\" height=\"{step}\" patternUnits=\"userSpaceOnUse\">\
             <rect width=\"{step}\" height=\"{step}\" fill=\"#{masked:x}\"/>\
             <path d=\"{lines}\" stroke=\"#{hatch:x}\" stroke-width=\"{}\"/></pattern>\n",
            name,
            f64::from(thick) * 0.7,
        ),
    );
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a String takes everything");
}

fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Text as XML shows it as itself. Control characters, which XML does not allow, were made visible before.
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
