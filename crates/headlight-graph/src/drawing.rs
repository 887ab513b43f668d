//! A graph as one picture, with blocks that repeat drawn once.

mod fold;
mod place;
mod scene;
mod svg;

use crate::Graph;

/// A graph as an SVG picture: boxes compute, arrows carry values and are labelled with their shapes. Blocks that are equal are
/// drawn once and say how many of them there are. Equal graphs give equal bytes.
pub fn graph_svg(graph: &Graph) -> String {
    let folded = fold::fold(graph);
    let scene = scene::scene(graph, &folded);
    svg::svg(&place::place(scene))
}
