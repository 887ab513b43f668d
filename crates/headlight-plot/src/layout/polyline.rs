//! Lines of a chart, and what they are called.

use colorous::Color;

use crate::area::Area;
use crate::figure::{Figure, Fill, Paint, Stroke};
use crate::layout::style::{Style, TICK_LABEL};

/// Of a line of no more points than this, each point is marked: it was measured there and nowhere between.
const MARKED: usize = 40;

/// A line through points of a chart, from left to right.
pub(crate) fn add_line(figure: &mut Figure<'_>, style: &Style<'_>, colour: Color, points: Vec<(i32, i32)>) {
    let points = thinned(points);
    if points.len() <= MARKED {
        let half = style.px(2.5).max(1);
        let mark = |(x, y): &(i32, i32)| Area { left: x - half, top: y - half, right: x + half, bottom: y + half };
        figure.fills.extend(points.iter().map(|at| Fill { area: mark(at), paint: Paint::Solid(colour) }));
    }
    if points.len() > 1 {
        figure.strokes.push(Stroke { points, width: width(style), colour, opacity: 1.0 });
    }
}

/// The name of a line, the `at`-th of those under each other right of a plot that ends at `right`, beside a sample of the line.
pub(crate) fn add_name(
    figure: &mut Figure<'_>,
    style: &Style<'_>,
    (right, at): (i32, usize),
    name: &str,
    colour: Color,
) {
    let down = style.px(14.0) + at as i32 * style.px(18.0);
    let points = vec![(right + style.px(12.0), down), (right + style.px(32.0), down)];
    figure.strokes.push(Stroke { points, width: width(style), colour, opacity: 1.0 });
    figure.write(style.words(name, TICK_LABEL).left_at(right + style.px(38.0)).centred_at_y(down as f32));
}

fn width(style: &Style<'_>) -> u32 {
    style.px(2.0).max(1).unsigned_abs()
}

/// Of points in one column of pixels the first, the lowest, the highest and the last: the line looks the same.
fn thinned(points: Vec<(i32, i32)>) -> Vec<(i32, i32)> {
    let mut kept: Vec<(i32, i32)> = Vec::new();
    for column in points.chunk_by(|a, b| a.0 == b.0) {
        let low = column.iter().copied().max_by_key(|point| point.1);
        let high = column.iter().copied().min_by_key(|point| point.1);
        for point in [column.first().copied(), high, low, column.last().copied()].into_iter().flatten() {
            if kept.last() != Some(&point) {
                kept.push(point);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_its_spikes() {
        let mut points: Vec<(i32, i32)> = (0..100_000).map(|at| (at / 1000, 50)).collect();
        points[70_123].1 = 3;
        let kept = thinned(points);
        assert!(kept.len() < 500 && kept.contains(&(70, 3)), "{}", kept.len());
    }
}
