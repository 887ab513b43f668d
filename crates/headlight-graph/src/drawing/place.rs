//! Where everything stands. The layout is dagre's: Sugiyama's layers, from top to bottom.

use dagre::graph::{Graph as Layout, GraphOptions};
use dagre::layout::types::LabelPos;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel};

use super::scene::{Arrow, Frame, Kind, Scene, Tile};

/// The picture's pieces with their coordinates, in pixels.
pub(super) struct Picture {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) title: String,
    pub(super) legend: String,
    pub(super) frames: Vec<(Frame, Rectangle)>,
    pub(super) tiles: Vec<(Tile, Rectangle)>,
    pub(super) arrows: Vec<PlacedArrow>,
}

/// A rectangle by its left upper corner.
#[derive(Clone, Copy)]
pub(super) struct Rectangle {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

pub(super) struct PlacedArrow {
    pub(super) label: String,
    pub(super) points: Vec<(f64, f64)>,
    /// The middle of the label.
    pub(super) label_at: (f64, f64),
}

/// Text sizes of the picture.
pub(super) const TITLE: f64 = 18.0;
pub(super) const NAME: f64 = 14.0;
pub(super) const SMALL: f64 = 12.0;

/// The height of a frame's title; as much stands between an arrow's label and the tile below it.
const TITLE_ROOM: f64 = 16.0;
const MARGIN: f64 = 24.0;
const HEADER: f64 = 56.0;

pub(super) fn place(scene: Scene) -> Picture {
    let options = GraphOptions { directed: true, multigraph: true, compound: true };
    let mut layout: Layout<NodeLabel, EdgeLabel> = Layout::with_options(options);
    for frame in &scene.frames {
        layout.set_node(frame.key.as_str(), Some(NodeLabel::default()));
    }
    for frame in scene.frames.iter().filter(|frame| frame.parent.is_some()) {
        layout.set_parent(&frame.key, frame.parent.as_deref());
    }
    for tile in &scene.tiles {
        let (width, height) = box_size(tile);
        layout.set_node(tile.key.as_str(), Some(NodeLabel { width, height, ..NodeLabel::default() }));
        layout.set_parent(&tile.key, tile.frame.as_deref());
    }
    for (at, arrow) in scene.arrows.iter().enumerate() {
        let label = EdgeLabel {
            width: text_width(&arrow.label, SMALL) + 8.0,
            height: SMALL + 6.0,
            labelpos: LabelPos::Center,
            ..EdgeLabel::default()
        };
        layout.set_edge(arrow.from.as_str(), arrow.to.as_str(), Some(label), Some(at.to_string().as_str()));
    }
    let spacing = LayoutOptions { nodesep: 22.0, edgesep: 14.0, ranksep: 2.0 * TITLE_ROOM, ..LayoutOptions::default() };
    dagre::layout(&mut layout, Some(spacing));

    let rectangle = |key: &str| {
        let node = layout.node(key).expect("every frame and box was laid out");
        let (x, y) = (node.x.unwrap_or_default(), node.y.unwrap_or_default());
        Rectangle { x: x - node.width / 2.0, y: y - node.height / 2.0, width: node.width, height: node.height }
    };
    // dagre knows no titles: each frame grows upwards by the height of one, into the room above its first tile.
    let with_title = |at: Rectangle| Rectangle { y: at.y - TITLE_ROOM, height: at.height + TITLE_ROOM, ..at };
    let frames: Vec<_> = scene.frames.into_iter().map(|frame| (with_title(rectangle(&frame.key)), frame)).collect();
    let tiles: Vec<_> = scene.tiles.into_iter().map(|tile| (rectangle(&tile.key), tile)).collect();
    let arrows: Vec<_> = scene
        .arrows
        .into_iter()
        .enumerate()
        .map(|(at, Arrow { from, to, label })| {
            let edge = layout.edge(&from, &to, Some(&at.to_string())).expect("every arrow was laid out");
            let points: Vec<_> = edge.points.iter().map(|point| (point.x, point.y)).collect();
            PlacedArrow { label, points, label_at: (edge.x.unwrap_or_default(), edge.y.unwrap_or_default()) }
        })
        .collect();
    fit(scene.title, scene.legend, frames, tiles, arrows)
}

/// Moves everything so that it begins at the margin, and makes the picture as large as what is in it.
fn fit(
    title: String,
    legend: String,
    frames: Vec<(Rectangle, Frame)>,
    tiles: Vec<(Rectangle, Tile)>,
    mut arrows: Vec<PlacedArrow>,
) -> Picture {
    let labels = arrows.iter().map(|arrow| {
        let (width, height) = (text_width(&arrow.label, SMALL) + 8.0, SMALL + 6.0);
        Rectangle { x: arrow.label_at.0 - width / 2.0, y: arrow.label_at.1 - height / 2.0, width, height }
    });
    let bends = arrows.iter().flat_map(|arrow| arrow.points.iter());
    let bends = bends.map(|(x, y)| Rectangle { x: *x, y: *y, width: 0.0, height: 0.0 });
    let rectangles =
        frames.iter().map(|(rectangle, _)| *rectangle).chain(tiles.iter().map(|(rectangle, _)| *rectangle));
    let all: Vec<Rectangle> = rectangles.chain(labels).chain(bends).collect();
    let least = |of: fn(&Rectangle) -> f64| all.iter().map(of).fold(f64::INFINITY, f64::min);
    let most = |of: fn(&Rectangle) -> f64| all.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
    let (left, top) = (least(|all| all.x), least(|all| all.y));
    let (right, bottom) = (most(|all| all.x + all.width), most(|all| all.y + all.height));

    let inner = (right - left).max(text_width(&legend, SMALL)).max(text_width(&title, TITLE));
    let (dx, dy) = (MARGIN - left + (inner - (right - left)) / 2.0, MARGIN + HEADER - top);
    let moved = |rectangle: Rectangle| Rectangle { x: rectangle.x + dx, y: rectangle.y + dy, ..rectangle };
    for arrow in &mut arrows {
        for point in arrow.points.iter_mut().chain([&mut arrow.label_at]) {
            *point = (point.0 + dx, point.1 + dy);
        }
    }
    Picture {
        width: inner + 2.0 * MARGIN,
        height: bottom - top + HEADER + 2.0 * MARGIN,
        title,
        legend,
        frames: frames.into_iter().map(|(rectangle, frame)| (frame, moved(rectangle))).collect(),
        tiles: tiles.into_iter().map(|(rectangle, tile)| (tile, moved(rectangle))).collect(),
        arrows,
    }
}

fn box_size(tile: &Tile) -> (f64, f64) {
    if tile.kind == Kind::Sum {
        return (26.0, 26.0);
    }
    let widths = tile.lines.iter().enumerate().map(|(at, line)| text_width(line, if at == 0 { NAME } else { SMALL }));
    let width = widths.fold(0.0, f64::max) + 24.0;
    let height = 14.0 + NAME + (tile.lines.len() - 1) as f64 * (SMALL + 5.0);
    (width.max(64.0), height)
}

/// About how wide a text is, in a font that is rather wide: what is drawn in a narrower one has room to spare.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let width = |letter: char| match letter {
        'i' | 'j' | 'l' | ',' | '.' | ' ' | '|' | '\'' | '(' | ')' | '/' => 0.36,
        'm' | 'w' | 'M' | 'W' | '×' | '=' | '+' | '−' | '∞' => 0.86,
        letter if letter.is_uppercase() => 0.72,
        _ => 0.62,
    };
    text.chars().map(width).sum::<f64>() * size
}
