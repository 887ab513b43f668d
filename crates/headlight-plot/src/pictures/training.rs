//! How training went: loss, accuracy and learning rate over the steps.

use headlight_record::StepMetrics;

use crate::area::Area;
use crate::figure::{Figure, Fill, Paint, Stroke};
use crate::layout::chart::{Chart, ChartAxis};
use crate::layout::headline::add_headline_over;
use crate::layout::style::{APART, MARGIN, Style, TICK_LABEL};
use crate::numbers::{rounded, ticks};

/// The room of one plot, in pixels at scale 1.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 170.0;
/// About so many ticks an axis.
const TICKS: f64 = 5.0;
/// Of a line of no more points than this, each point is marked: it was measured there and nowhere between.
const MARKED: usize = 40;

/// One plot: its name, its lines, and the largest number on its axis where that is fixed.
struct Plot<'m> {
    name: &'m str,
    lines: Vec<(&'m str, Vec<(f64, f64)>)>,
    most: Option<f64>,
}

/// Three plots under each other, over the same steps.
pub(crate) fn curves_figure(style: &Style<'_>, metrics: &[StepMetrics]) -> Figure<'static> {
    let line = |of: &dyn Fn(&StepMetrics) -> Option<f64>| {
        metrics.iter().filter_map(|line| Some((line.step as f64, of(line)?))).collect::<Vec<_>>()
    };
    let plots = [
        Plot { name: "loss", lines: vec![("loss", line(&|line| Some(line.loss)))], most: None },
        Plot {
            name: "accuracy",
            lines: vec![
                ("tokens right", line(&|line| Some(line.token_accuracy))),
                ("exact match", line(&|line| line.exact_match)),
            ],
            most: Some(1.0),
        },
        Plot { name: "learning rate", lines: vec![("rate", line(&|line| Some(line.learning_rate)))], most: None },
    ];
    let steps = metrics.iter().map(|line| line.step as f64).fold(1.0, f64::max);
    let mut figure = Figure::default();
    for (at, plot) in plots.iter().enumerate() {
        let mut part = place(style, plot, steps, at + 1 == plots.len());
        let top = if at == 0 { 0 } else { figure.extent().bottom + style.px(1.5 * APART) };
        let down = top - part.extent().top;
        part.shift(0, down);
        figure.join(part);
    }
    add_headline_over(&mut figure, style, style.px(WIDTH) as f32 / 2.0, style.title("training"), "");
    figure.framed(style.px(MARGIN))
}

fn place(style: &Style<'_>, plot: &Plot<'_>, steps: f64, last: bool) -> Figure<'static> {
    let (width, height) = (style.px(WIDTH), style.px(HEIGHT));
    let numbers = plot.lines.iter().flat_map(|(_, points)| points).map(|point| point.1).filter(|y| y.is_finite());
    let most = plot.most.unwrap_or_else(|| numbers.fold(0.0, f64::max));
    let most = if most > 0.0 { most } else { 1.0 };
    let x = |step: f64| (step / steps * f64::from(width)).round() as i32;
    let y = |number: f64| ((1.0 - number / most) * f64::from(height)).round() as i32;

    // 1. The axes. All plots share the numbers under the last one. There is no half of a step.
    let whole = ticks(0.0, steps, TICKS).into_iter().filter(|step| (step - step.round()).abs() < 1e-6);
    let written = |step: f64| if last { format!("{step:.0}") } else { String::new() };
    let chart = Chart {
        size: (width, height),
        down: ChartAxis {
            title: plot.name,
            ticks: ticks(0.0, most, TICKS).into_iter().map(|number| (y(number), rounded(number))).collect(),
        },
        across: ChartAxis {
            title: if last { "step" } else { "" },
            ticks: whole.map(|step| (x(step), written(step))).collect(),
        },
        least_beside: style.px(48.0),
    };
    let mut figure = chart.place(style);

    // 2. The lines, and beside the plot their names, where there are several.
    for (at, (name, points)) in plot.lines.iter().enumerate() {
        let colour = style.palette.lines[at];
        let inside = points.iter().filter(|(_, number)| number.is_finite());
        let points = thinned(inside.map(|(step, number)| (x(*step), y(number.clamp(0.0, most)))).collect());
        let width_of_line = style.px(2.0).max(1).unsigned_abs();
        if points.len() <= MARKED {
            let half = style.px(2.5).max(1);
            let mark = |(x, y): &(i32, i32)| Area { left: x - half, top: y - half, right: x + half, bottom: y + half };
            figure.fills.extend(points.iter().map(|at| Fill { area: mark(at), paint: Paint::Solid(colour) }));
        }
        if points.len() > 1 {
            figure.strokes.push(Stroke { points, width: width_of_line, colour, opacity: 1.0 });
        }
        if plot.lines.len() > 1 {
            let down = style.px(14.0) + at as i32 * style.px(18.0);
            let sample = vec![(width + style.px(12.0), down), (width + style.px(32.0), down)];
            figure.strokes.push(Stroke { points: sample, width: width_of_line, colour, opacity: 1.0 });
            figure.write(style.words(name, TICK_LABEL).left_at(width + style.px(38.0)).centred_at_y(down as f32));
        }
    }
    figure
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
