use crate::error::PlotError;
use crate::figure::{Figure, Stroke};
use crate::layout::chart::{Chart, ChartAxis};
use crate::layout::headline::add_headline;
use crate::layout::style::{MARGIN, Style, TICK_LABEL};
use crate::numbers::rounded;

/// The room of the plot, in pixels at scale 1.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
/// How strongly single draws are drawn beside their mean.
const DRAW: f64 = 0.35;

/// How undecided softmax is with the scale and without it, for heads of growing width.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// How many keys each row chooses among.
    pub keys: usize,
    /// How many rows each number is the mean of.
    pub queries: usize,
    /// d_head, growing.
    pub widths: Vec<usize>,
    /// Entropy in nats for each width, a line a draw: with the scale.
    pub scaled: Vec<Vec<f64>>,
    /// The same without it.
    pub unscaled: Vec<Vec<f64>>,
}

impl Scaling {
    /// # Errors
    ///
    /// When there are too few widths, or a number is missing or not finite.
    pub(crate) fn check(&self) -> Result<(), PlotError> {
        let fits = |draws: &Vec<Vec<f64>>| {
            let good =
                |draw: &Vec<f64>| draw.len() == self.widths.len() && draw.iter().all(|number| number.is_finite());
            !draws.is_empty() && draws.iter().all(good)
        };
        let grow = self.widths.windows(2).all(|pair| pair[0] < pair[1]) && self.widths.first() > Some(&0);
        if self.widths.len() > 1 && grow && self.keys > 1 && fits(&self.scaled) && fits(&self.unscaled) {
            return Ok(());
        }
        Err(PlotError::Numbers)
    }

    /// The mean of the draws, for each width.
    pub fn mean(draws: &[Vec<f64>]) -> Vec<f64> {
        let widths = draws.first().map_or(0, Vec::len);
        (0..widths).map(|at| draws.iter().map(|draw| draw[at]).sum::<f64>() / draws.len() as f64).collect()
    }
}

/// Entropy over d_head, which doubles from tick to tick.
pub(crate) fn scaling_figure(style: &Style<'_>, scaling: &Scaling) -> Figure<'static> {
    let (width, height) = (style.px(WIDTH), style.px(HEIGHT));
    let entropy = (scaling.keys as f64).ln();
    let most = entropy * 1.08;
    let [first, last] =
        [scaling.widths[0], scaling.widths[scaling.widths.len() - 1]].map(|width| (width as f64).log2());
    let x = |at: usize| (((at as f64).log2() - first) / (last - first) * f64::from(width)).round() as i32;
    let y = |number: f64| ((1.0 - number / most) * f64::from(height)).round() as i32;

    // 1. The axes.
    let halves = (0..).map(|at| f64::from(at) * 0.5).take_while(|number| *number <= entropy);
    let chart = Chart {
        size: (width, height),
        down: ChartAxis {
            title: "entropy of a row of weights, in nats",
            ticks: halves.map(|number| (y(number), rounded(number))).collect(),
        },
        across: ChartAxis {
            title: "d_head: numbers in a query and in a key",
            ticks: scaling.widths.iter().map(|at| (x(*at), at.to_string())).collect(),
        },
        least_beside: 0,
    };
    let mut figure = chart.place(style);

    // 2. The most that there can be, and the two lines, with their draws behind them and their names beside their ends.
    let name = |figure: &mut Figure<'_>, words: &str, at: i32| {
        figure.write(style.words(words, TICK_LABEL).left_at(width + style.px(8.0)).centred_at_y(at as f32));
    };
    let bold = style.px(2.5).max(1).unsigned_abs();
    let thin = style.stroke().unsigned_abs();
    let level = vec![(0, y(entropy)), (width, y(entropy))];
    figure.strokes.push(Stroke { points: level, width: thin, colour: style.palette.faint, opacity: 1.0 });
    name(&mut figure, &format!("ln {} = {entropy:.2}: all keys alike", scaling.keys), y(entropy));
    for (draws, words, colour) in
        [(&scaling.scaled, "scaled: Q Kᵀ / √d_head", 0), (&scaling.unscaled, "unscaled: Q Kᵀ", 1)]
    {
        let colour = style.palette.lines[colour];
        let points = |numbers: &[f64]| {
            scaling
                .widths
                .iter()
                .zip(numbers)
                .map(|(at, number)| (x(*at), y(number.clamp(0.0, most))))
                .collect::<Vec<_>>()
        };
        let of_draws = draws.iter().map(|draw| Stroke { points: points(draw), width: thin, colour, opacity: DRAW });
        figure.strokes.extend(of_draws);
        let mean = Scaling::mean(draws);
        figure.strokes.push(Stroke { points: points(&mean), width: bold, colour, opacity: 1.0 });
        name(&mut figure, words, y(mean[mean.len() - 1]));
    }
    let subtitle = format!(
        "softmax over {} keys, queries and keys of unit-normal numbers · each thin line a draw of {} queries",
        scaling.keys, scaling.queries
    );
    add_headline(&mut figure, style, style.title("what the scale is for"), &subtitle);
    figure.framed(style.px(MARGIN))
}
