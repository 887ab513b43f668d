//! Numbers over steps, a line each, with their intervals or quartiles as bands.

use headlight_record::findings::{Bands, Curve, Curves};

use crate::error::PlotError;
use crate::figure::{Band, Figure, Stroke};
use crate::layout::chart::{Chart, ChartAxis};
use crate::layout::headline::add_long_title;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::names::shortened;
use crate::layout::polyline::{add_line, add_name};
use crate::layout::style::{MARGIN, Style, TICK_LABEL};
use crate::numbers::{rounded, ticks};

/// Lengths in pixels at scale 1: the room of the lines, and that of their names.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LONGEST_NAME: f32 = 220.0;
/// About so many ticks an axis.
const TICKS: f64 = 8.0;
/// How strongly an interval is drawn around its line.
const INTERVAL: f64 = 0.2;
/// The axis reaches so far above the lines, as a part of its length.
const BEYOND: f64 = 0.03;

/// # Errors
///
/// When there is no line or one without points, or a number is not finite.
pub(super) fn check_curves(curves: &Curves) -> Result<(), PlotError> {
    let [[left, right], [least, most]] = reach(curves);
    let is_good = |(x, y, [low, high]): &(f64, f64, [f64; 2])| [x, y, low, high].into_iter().all(|end| end.is_finite());
    let all_good = |curve: &Curve| !curve.points.is_empty() && curve.points.iter().all(is_good);
    let fits = !curves.curves.is_empty() && curves.curves.iter().all(all_good);
    if fits && (right - left).is_finite() && (most - least).is_finite() { Ok(()) } else { Err(PlotError::Numbers) }
}

pub(super) fn curves_figure(style: &Style<'_>, curves: &Curves) -> Figure<'static> {
    // 1. The axes. The one down has 0 on it; the one across begins where the steps do.
    let (width, height) = (style.px(WIDTH), style.px(HEIGHT));
    let [[left, right], [least, most]] = axes(curves);
    let x = |step: f64| ((step - left) / (right - left) * f64::from(width)).round() as i32;
    let y = |number: f64| ((most - number) / (most - least) * f64::from(height)).round() as i32;
    let across = ticks(left, right, TICKS).into_iter().map(|step| (x(step), rounded(step)));
    let down = ticks(least, most, TICKS).into_iter().map(|number| (y(number), rounded(number)));
    let chart = Chart {
        size: (width, height),
        down: ChartAxis { title: &curves.quantity, ticks: down.collect() },
        across: ChartAxis { title: &curves.across, ticks: across.collect() },
        least_beside: 0,
    };
    let mut figure = chart.place(style);

    // 2. The lines with their intervals and names.
    let names: Vec<&str> = curves.curves.iter().map(|curve| curve.label.as_str()).collect();
    let names = shortened(style.pen, &names, style.size(TICK_LABEL), style.size(LONGEST_NAME));
    let colours = style.palette.lines.into_iter().cycle();
    for (at, ((curve, name), colour)) in curves.curves.iter().zip(&names).zip(colours).enumerate() {
        let points = sorted(curve);
        let band: Vec<_> = points.iter().map(|(step, _, [low, high])| (x(*step), y(*high), y(*low))).collect();
        if let [(step, top, bottom)] = band[..] {
            // A band of a single step has no width.
            figure.strokes.push(Stroke {
                points: vec![(step, top), (step, bottom)],
                width: style.stroke().unsigned_abs(),
                colour,
                opacity: 1.0,
            });
        }
        figure.bands.push(Band { points: band, colour, opacity: INTERVAL });
        add_line(&mut figure, style, colour, points.iter().map(|(step, number, _)| (x(*step), y(*number))).collect());
        add_name(&mut figure, style, (width, at), name, colour);
    }

    // 3. What they are.
    let is_interval = |(_, number, [low, high]): &(f64, f64, [f64; 2])| low < number || number < high;
    let is_estimated = curves.curves.iter().any(|curve| curve.points.iter().any(is_interval));
    let bands = match curves.bands {
        Bands::Intervals => "bands: 95 % intervals",
        Bands::Quartiles => "bands: first to third quartile",
    };
    let changes = is_estimated.then(|| bands.to_string());
    add_legend(&mut figure, style, &Marks { changes: changes.into_iter().collect(), ..Marks::default() });
    add_long_title(&mut figure, style, width as f32 / 2.0, style.title(&curves.title));
    figure.framed(style.px(MARGIN))
}

fn sorted(curve: &Curve) -> Vec<(f64, f64, [f64; 2])> {
    let mut points = curve.points.clone();
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    points
}

/// The first and the last step, and the least and the largest number, 0 among them.
fn reach(curves: &Curves) -> [[f64; 2]; 2] {
    let wider = |[least, most]: [f64; 2], end: f64| [least.min(end), most.max(end)];
    let start = [[f64::INFINITY, f64::NEG_INFINITY], [0.0; 2]];
    let points = curves.curves.iter().flat_map(|curve| &curve.points);
    points.fold(start, |[across, down], (step, number, [low, high])| {
        [wider(across, *step), [*number, *low, *high].into_iter().fold(down, wider)]
    })
}

/// The ends of both axes.
fn axes(curves: &Curves) -> [[f64; 2]; 2] {
    let [[left, right], [least, most]] = reach(curves);
    // A single step stands in the middle.
    let across = if left < right { [left, right] } else { [left - 1.0, left + 1.0] };
    let beyond = BEYOND * (most - least);
    let down = match (least < 0.0, most > 0.0) {
        (false, false) => [0.0, 1.0],
        (false, true) => [0.0, most + beyond],
        (true, false) => [least - beyond, 0.0],
        (true, true) => [least - beyond, most + beyond],
    };
    [across, down]
}
