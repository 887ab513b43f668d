//! How training went: loss, accuracy and learning rate over the steps.

use headlight_record::StepMetrics;

use crate::figure::Figure;
use crate::layout::chart::{Chart, ChartAxis};
use crate::layout::headline::add_headline_over;
use crate::layout::polyline::{add_line, add_name};
use crate::layout::style::{APART, MARGIN, Style};
use crate::numbers::{rounded, ticks};

/// The room of one plot, in pixels at scale 1.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 170.0;
/// About so many ticks an axis.
const TICKS: f64 = 5.0;

/// One plot: its name, its lines, and the largest number on its axis where that is fixed.
struct Plot<'m> {
    name: &'m str,
    lines: Vec<(&'m str, Vec<(f64, f64)>)>,
    most: Option<f64>,
}

/// Three plots under each other, over the same steps.
pub(crate) fn training_figure(style: &Style<'_>, metrics: &[StepMetrics]) -> Figure<'static> {
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
        let points = inside.map(|(step, number)| (x(*step), y(number.clamp(0.0, most)))).collect();
        add_line(&mut figure, style, colour, points);
        if plot.lines.len() > 1 {
            add_name(&mut figure, style, (width, at), name, colour);
        }
    }
    figure
}
