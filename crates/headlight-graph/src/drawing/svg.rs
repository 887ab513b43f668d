//! The picture as SVG.

use std::fmt::Write;

use super::place::{NAME, Picture, PlacedArrow, Rectangle, SMALL, TITLE, text_width};
use super::scene::{Frame, Kind, Tile};

const FONT: &str = "DejaVu Sans, Verdana, Segoe UI, Helvetica, Arial, sans-serif";
const INK: &str = "#1f2933";
const QUIET: &str = "#52606d";

pub(super) fn svg(picture: &Picture) -> String {
    let mut text = String::new();
    write_picture(&mut text, picture).expect("a string takes whatever is written");
    text
}

fn write_picture(out: &mut String, picture: &Picture) -> std::fmt::Result {
    let Picture { width, height, title, legend, frames, tiles, arrows } = picture;
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" font-family="{FONT}" role="img">"#
    )?;
    writeln!(out, "<title>{}</title>", escaped(title))?;
    writeln!(out, r##"<rect width="100%" height="100%" fill="#ffffff"/>"##)?;
    writeln!(
        out,
        r##"<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5 L8 4 L0 7.5 Z" fill="#7b8794"/></marker></defs>"##
    )?;
    writeln!(
        out,
        r#"<text x="24" y="38" font-size="{TITLE}" font-weight="bold" fill="{INK}">{}</text>"#,
        escaped(title)
    )?;
    writeln!(
        out,
        r#"<text x="24" y="60" font-size="{SMALL}" fill="{QUIET}" xml:space="preserve">{}</text>"#,
        escaped(legend)
    )?;
    for (frame, at) in frames {
        write_frame(out, frame, *at)?;
    }
    for arrow in arrows {
        write_line(out, arrow)?;
    }
    for (frame, at) in frames {
        write_frame_title(out, frame, *at)?;
    }
    for (tile, at) in tiles {
        write_tile(out, tile, *at)?;
    }
    for arrow in arrows {
        write_label(out, arrow)?;
    }
    writeln!(out, "</svg>")
}

fn write_frame(out: &mut String, frame: &Frame, at: Rectangle) -> std::fmt::Result {
    let (fill, Rectangle { x, y, width, height }) = (ground(frame), at);
    writeln!(
        out,
        r##"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="10" fill="{fill}" stroke="#cbd2d9"/>"##
    )
}

/// A frame's title, on the frame's own ground: where an arrow passes, it passes behind.
fn write_frame_title(out: &mut String, frame: &Frame, at: Rectangle) -> std::fmt::Result {
    let (x, y, width) = (at.x + 10.0, at.y + 4.0, text_width(&frame.title, SMALL) * 1.08);
    let (height, fill) = (SMALL * 1.3, ground(frame));
    writeln!(out, r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" fill="{fill}"/>"#)?;
    writeln!(
        out,
        r#"<text x="{x:.1}" y="{:.1}" font-size="{SMALL}" font-weight="bold" fill="{QUIET}">{}</text>"#,
        y + SMALL,
        escaped(&frame.title)
    )
}

/// The colour behind what is in a frame: a block, or a part of one.
fn ground(frame: &Frame) -> &'static str {
    if frame.parent.is_none() { "#f5f7fa" } else { "#ffffff" }
}

fn write_tile(out: &mut String, tile: &Tile, at: Rectangle) -> std::fmt::Result {
    let (fill, stroke) = colours(tile.kind);
    let Rectangle { x, y, width, height } = at;
    let radius = if matches!(tile.kind, Kind::InOut | Kind::Sum) { height / 2.0 } else { 5.0 };
    writeln!(
        out,
        r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="{radius:.1}" fill="{fill}" stroke="{stroke}"/>"#
    )?;
    let middle = x + width / 2.0;
    let mut baseline = y + 6.0 + NAME;
    if tile.kind == Kind::Sum {
        baseline = y + height / 2.0 + NAME * 0.36;
    }
    for (number, line) in tile.lines.iter().enumerate() {
        let (size, weight, ink) = match (number, tile.kind) {
            (_, Kind::InOut) => (NAME, "bold", "#ffffff"),
            (0, _) => (NAME, "bold", INK),
            _ => (SMALL, "normal", QUIET),
        };
        writeln!(
            out,
            r#"<text x="{middle:.1}" y="{baseline:.1}" font-size="{size}" font-weight="{weight}" fill="{ink}" text-anchor="middle">{}</text>"#,
            escaped(line)
        )?;
        baseline += SMALL + 5.0;
    }
    Ok(())
}

/// A line through the arrow's points, rounded where it bends.
fn write_line(out: &mut String, arrow: &PlacedArrow) -> std::fmt::Result {
    let points = &arrow.points;
    let Some((first, last)) = points.first().zip(points.last()) else { return Ok(()) };
    let mut path = format!("M{:.1} {:.1}", first.0, first.1);
    for pair in points[1..].windows(2) {
        let middle = ((pair[0].0 + pair[1].0) / 2.0, (pair[0].1 + pair[1].1) / 2.0);
        write!(path, " Q{:.1} {:.1} {:.1} {:.1}", pair[0].0, pair[0].1, middle.0, middle.1)?;
    }
    write!(path, " L{:.1} {:.1}", last.0, last.1)?;
    writeln!(out, r##"<path d="{path}" fill="none" stroke="#7b8794" stroke-width="1.3" marker-end="url(#arrow)"/>"##)
}

fn write_label(out: &mut String, arrow: &PlacedArrow) -> std::fmt::Result {
    let ((x, y), label) = (arrow.label_at, escaped(&arrow.label));
    // On a white ground, so that the line behind is not read as a stroke of a letter.
    let width = text_width(&arrow.label, SMALL);
    let (left, top) = (x - width / 2.0, y - SMALL * 0.6);
    writeln!(
        out,
        r##"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{:.1}" rx="3" fill="#ffffff" fill-opacity="0.9"/>"##,
        SMALL * 1.2
    )?;
    writeln!(
        out,
        r#"<text x="{x:.1}" y="{:.1}" font-size="{SMALL}" fill="{QUIET}" text-anchor="middle">{label}</text>"#,
        y + SMALL * 0.36
    )
}

/// Fill and stroke.
fn colours(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::InOut => ("#323f4b", "#323f4b"),
        Kind::Embedding => ("#e3f8ff", "#40c3f7"),
        Kind::Norm => ("#f0f4f8", "#9fb3c8"),
        Kind::Linear => ("#e6e6ff", "#8888fc"),
        Kind::Attention => ("#fff3c4", "#f0b429"),
        Kind::Rearrange => ("#ffffff", "#9aa5b1"),
        Kind::Activation => ("#e3f9e5", "#57ae5b"),
        Kind::Sum => ("#ffffff", "#323f4b"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
