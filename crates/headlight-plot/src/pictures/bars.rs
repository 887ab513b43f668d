//! Numbers that belong to one thing each, as horizontal bars.

use headlight_record::findings::{Bar, Bars};

use crate::area::Area;
use crate::error::PlotError;
use crate::figure::page::check_size;
use crate::figure::{Figure, Fill, Paint, Stroke};
use crate::layout::chart::{Chart, ChartAxis};
use crate::layout::headline::add_long_title;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::names::shortened;
use crate::layout::style::{APART, MARGIN, Style, TICK_LABEL};
use crate::numbers::{alike, rounded, ticks};

/// Lengths in pixels at scale 1: the room of the bars, and that of their labels.
const WIDTH: f64 = 420.0;
const LONGEST_LABEL: f32 = 240.0;
/// From one bar to the next: as much as fills the height, but no less than a line of text.
const HEIGHT: f64 = 640.0;
const PITCH: [f64; 2] = [15.0, 26.0];
/// How much of that a bar takes, and the caps at the ends of its interval.
const BAR: f64 = 0.66;
const CAP: f64 = 0.36;
/// The axis reaches so far beyond the bars, as a part of its length.
const BEYOND: f64 = 0.02;
/// About so many ticks.
const TICKS: f64 = 8.0;

/// # Errors
///
/// When there is no bar, or a number is not finite.
pub(super) fn check_bars(bars: &Bars) -> Result<(), PlotError> {
    let [least, most] = reach(&bars.bars);
    let is_good = |bar: &Bar| ends(bar).iter().all(|end| end.is_finite());
    let fits = !bars.bars.is_empty() && bars.bars.iter().all(is_good) && (most - least).is_finite();
    if fits { Ok(()) } else { Err(PlotError::Numbers) }
}

pub(super) fn bars_figure(style: &Style<'_>, bars: &Bars) -> Result<Figure<'static>, PlotError> {
    // 1. Where numbers and bars lie.
    let count = bars.bars.len();
    let pitch = style.px((HEIGHT / count as f64).clamp(PITCH[0], PITCH[1])).max(1);
    check_size(style.options.format, style.px(WIDTH).into(), i64::from(pitch).saturating_mul(count as i64))?;
    let (width, height) = (style.px(WIDTH), pitch * count as i32);
    let [least, most] = axis(&bars.bars);
    let x = |number: f64| ((number - least) / (most - least) * f64::from(width)).round() as i32;
    let middle = |at: usize| at as i32 * pitch + pitch / 2;

    // 2. The axes: labels down, numbers across.
    let labels: Vec<&str> = bars.bars.iter().map(|bar| bar.label.as_str()).collect();
    let labels = shortened(style.pen, &labels, style.size(TICK_LABEL), style.size(LONGEST_LABEL));
    let down =
        ChartAxis { title: "", ticks: labels.into_iter().enumerate().map(|(at, label)| (middle(at), label)).collect() };
    let numbers = ticks(least, most, TICKS).into_iter().map(|number| (x(number), rounded(number)));
    let across = ChartAxis { title: &bars.quantity, ticks: numbers.collect() };
    let mut figure = Chart { size: (width, height), down, across, least_beside: 0 }.place(style);

    // 3. The bars, in the colours of signed heatmaps, from the zero line on; over them the intervals.
    let [below, above] = [style.palette.lines[0], style.palette.lines[1]];
    let part = |part: f64| ((f64::from(pitch) * part / 2.0).round() as i32).max(1);
    for (at, bar) in bars.bars.iter().enumerate() {
        let (zero, end, half) = (x(0.0), x(bar.value), part(BAR));
        let area =
            Area { left: zero.min(end), top: middle(at) - half, right: zero.max(end), bottom: middle(at) + half };
        let paint = Paint::Solid(if bar.value < 0.0 { below } else { above });
        if area.width() > 0 {
            figure.fills.push(Fill { area, paint });
        }
    }
    let mut line = |points| {
        figure.strokes.push(Stroke {
            points,
            width: style.stroke().unsigned_abs(),
            colour: style.palette.ink,
            opacity: 1.0,
        })
    };
    line(vec![(x(0.0), 0), (x(0.0), height)]);
    for (at, [low, high]) in bars.bars.iter().enumerate().filter_map(|(at, bar)| Some((at, bar.interval?))) {
        let (low, high, y, cap) = (x(low), x(high), middle(at), part(CAP));
        line(vec![(low, y - cap), (low, y + cap)]);
        line(vec![(low, y), (high, y)]);
        line(vec![(high, y - cap), (high, y + cap)]);
    }

    // 4. The numbers, under each other.
    let numbers = alike(&bars.bars.iter().map(|bar| bar.value).collect::<Vec<_>>());
    let numbers: Vec<_> = numbers.iter().map(|number| style.words(number, TICK_LABEL)).collect();
    let right = width + style.px(APART) + numbers.iter().map(|number| number.length).max().unwrap_or(0);
    for (at, number) in numbers.into_iter().enumerate() {
        figure.write(number.right_at(right).centred_at_y(middle(at) as f32));
    }
    let is_estimated = bars.bars.iter().any(|bar| bar.interval.is_some());
    let changes = is_estimated.then(|| "lines across the ends of bars: 95 % intervals".to_string());
    add_legend(&mut figure, style, &Marks { changes: changes.into_iter().collect(), ..Marks::default() });
    add_long_title(&mut figure, style, width as f32 / 2.0, style.title(&bars.title));
    Ok(figure.framed(style.px(MARGIN)))
}

/// The value of a bar and the ends of its interval.
fn ends(bar: &Bar) -> [f64; 3] {
    let [low, high] = bar.interval.unwrap_or([bar.value; 2]);
    [bar.value, low, high]
}

/// The least and the largest number, 0 among them.
fn reach(bars: &[Bar]) -> [f64; 2] {
    bars.iter().flat_map(ends).fold([0.0; 2], |[least, most], end| [least.min(end), most.max(end)])
}

/// The ends of the axis: a little beyond all numbers.
fn axis(bars: &[Bar]) -> [f64; 2] {
    let [least, most] = reach(bars);
    let most = if least < most { most } else { 1.0 };
    let beyond = BEYOND * (most - least);
    [least - beyond, most + beyond]
}
