use headlight_model::Traceable;
use headlight_record::findings::{
    Ablation, Axis, Bar, Bars, Cell, Chart, Column, Counted, Estimate, Findings, Grid, Replacement, Scale, Table,
};

use super::experiment::Experiment;
use super::pairs::Pair;
use crate::names::head_label;
use crate::outcome::baseline;
use crate::partners::left_out;
use crate::{Examples, rank_correlation};

/// An order of fewer heads than this says nothing.
const RANKED: usize = 5;

/// All that was measured, as a table, charts and notes.
pub(super) fn of<M: Traceable + ?Sized>(
    experiment: &Experiment<'_, M>,
    examples: &Examples<M::Input>,
    ablations: Vec<Ablation>,
    pairs: &[Pair],
    twice: &[String],
) -> Findings {
    let counted = examples.counted;
    let mut with: Vec<Replacement> = ablations.iter().map(|ablation| ablation.with).collect();
    with.dedup();
    let of_pairs = |with: &Replacement| -> Vec<&Pair> { pairs.iter().filter(|pair| pair.with == *with).collect() };
    let is_single = |ablation: &&Ablation| ablation.heads.len() + ablation.feed_forward.len() == 1;
    let singles = |with: &Replacement| -> Vec<&Ablation> {
        ablations.iter().filter(is_single).filter(|ablation| ablation.with == *with).collect()
    };
    let is_pair = |ablation: &&Ablation| pairs.iter().any(|pair| pair.name == ablation.what);
    let mut tables = vec![table(counted, ablations.iter().filter(|ablation| !is_pair(ablation)))];
    if !pairs.is_empty() {
        tables.push(table_of_pairs(counted, pairs));
    }
    let count = experiment.unchanged.len();
    let bars = with.iter().flat_map(|with| charts(*with, counted, count, &singles(with)));
    let grids = with.iter().filter_map(|with| grids(experiment, *with, &of_pairs(with))).flatten();
    let correlations = with.iter().filter_map(|with| correlation(*with, counted, &singles(with)));
    let notes = with.iter().map(|with| meaning(*with).to_string());
    let notes = notes.chain(left_out(experiment.left_out)).chain(correlations).chain(limits(counted, pairs));
    let twice = twice
        .iter()
        .map(|set| format!("the set {set} is measured once: it is a single head, one of the pairs, or given twice"));
    let notes = notes.chain(twice).collect();
    Findings {
        lens: "ablate".to_string(),
        origin: examples.origin.clone(),
        examples: count,
        seed: examples.seed,
        counted,
        baseline: Some(baseline(&experiment.unchanged, counted, &experiment.bootstrap)),
        charts: bars.chain(grids).collect(),
        tables,
        notes,
        ablations,
        ..Findings::default()
    }
}

fn table<'a>(counted: Counted, ablations: impl Iterator<Item = &'a Ablation>) -> Table {
    let row = |ablation: &Ablation| -> Vec<Cell> {
        let [exact_match, loss] = changes(ablation);
        vec![
            Cell::from(&ablation.what[..]),
            name(ablation.with).into(),
            ablation.exact_match.into(),
            exact_match.into(),
            loss.into(),
            ablation.gradient.map(|gradient| gradient.mean).into(),
        ]
    };
    let columns = vec![
        Column::new("what", "replaced"),
        Column::new("with", "with"),
        Column::detail(counted.name(), counted.title()),
        Column::new(&format!("{}_change", counted.name()), &format!("{} change", counted.title())),
        Column::new("loss_change", "loss change"),
        Column::new("gradient", "gradient"),
    ];
    Table { title: String::new(), columns, rows: ablations.map(row).collect() }
}

/// The pair that hurts most beyond the sum first.
fn table_of_pairs(counted: Counted, pairs: &[Pair]) -> Table {
    let mut pairs: Vec<&Pair> = pairs.iter().collect();
    pairs.sort_by(|one, other| one.excess[0].mean.total_cmp(&other.excess[0].mean)); // stable: ties in the model's order
    let row = |pair: &&Pair| -> Vec<Cell> {
        let [exact_match, loss] = pair.excess;
        let sum = pair.sums[0].mean;
        vec![
            Cell::from(&pair.name[..]),
            name(pair.with).into(),
            (exact_match.mean + sum).into(),
            sum.into(),
            exact_match.into(),
            loss.into(),
        ]
    };
    let columns = vec![
        Column::new("pair", "pair"),
        Column::new("with", "with"),
        Column::new(&format!("{}_change", counted.name()), "both"),
        Column::new("sum", "sum"),
        Column::new("excess", "both − sum"),
        Column::new("loss_excess", "loss: both − sum"),
    ];
    let title = format!("Change in {}: both heads replaced, and the sum of one and the other", counted.title());
    Table { title, columns, rows: pairs.iter().map(row).collect() }
}

/// A bar for each part: the share of right answers, then loss.
fn charts(with: Replacement, counted: Counted, examples: usize, ablations: &[&Ablation]) -> [Chart; 2] {
    let bars = |of: usize| -> Vec<Bar> {
        let bar = |ablation: &&Ablation| {
            let Estimate { mean, low, high, .. } = changes(ablation)[of];
            Bar { label: ablation.what.clone(), value: mean, interval: Some([low, high]) }
        };
        ablations.iter().map(bar).collect()
    };
    quantities(counted).map(|Quantity { of, file, title, unit }| {
        Chart::Bars(Bars {
            name: format!("ablate_{file}_{}", name(with)),
            title: format!("Change in {title}, {}, {examples} examples", verb(with)),
            quantity: format!("change in {title}{unit}"),
            bars: bars(of),
        })
    })
}

/// Heads down and across, with what a pair does beyond the sum of both: right answers, then loss. The diagonal is 0.
fn grids<M: Traceable + ?Sized>(
    experiment: &Experiment<'_, M>,
    with: Replacement,
    pairs: &[&Pair],
) -> Option<[Chart; 2]> {
    let examples = pairs.first()?.excess[0].examples;
    let labels: Vec<String> = experiment.parts.heads().map(|head| head_label(head, &experiment.parts.kinds)).collect();
    let grid = |of: usize| {
        let mut numbers = vec![0.0; labels.len() * labels.len()];
        for pair in pairs {
            let [one, other] = pair.heads;
            for at in [one * labels.len() + other, other * labels.len() + one] {
                numbers[at] = pair.excess[of].mean;
            }
        }
        numbers
    };
    let axis = |title: &str| Axis { title: title.to_string(), labels: labels.clone() };
    Some(quantities(experiment.counted()).map(|Quantity { of, file, title, unit }| {
        Chart::Grid(Grid {
            name: format!("ablate_pairs_{file}_{}", name(with)),
            title: format!(
                "Pairs of heads {}: change in {title} less the sum of both, {examples} examples",
                verb(with)
            ),
            quantity: format!("change in {title}{unit}"),
            scale: Scale::Signed,
            down: axis("head"),
            across: axis("head"),
            panels: vec![(String::new(), grid(of))],
        })
    }))
}

/// What changes.
struct Quantity {
    /// Its number among [`changes`].
    of: usize,
    file: &'static str,
    title: &'static str,
    unit: &'static str,
}

fn quantities(counted: Counted) -> [Quantity; 2] {
    [
        Quantity { of: 0, file: counted.name(), title: counted.title(), unit: "" },
        Quantity { of: 1, file: "loss", title: "loss", unit: ", nats per token" },
    ]
}

/// Change in the share of right answers, and in loss.
fn changes(ablation: &Ablation) -> [Estimate; 2] {
    let Ablation { exact_match_change, low, high, loss_change, loss_low, loss_high, examples, .. } = *ablation;
    [
        Estimate { mean: exact_match_change, low, high, examples },
        Estimate { mean: loss_change, low: loss_low, high: loss_high, examples },
    ]
}

/// How gradient importance and effect order the heads, where there are enough.
fn correlation(with: Replacement, counted: Counted, ablations: &[&Ablation]) -> Option<String> {
    let heads = || ablations.iter().filter_map(|ablation| Some((ablation.gradient?.mean, *ablation)));
    let gradient: Vec<f64> = heads().map(|(gradient, _)| gradient).collect();
    let of = |effect: fn(&Ablation) -> f64| {
        let effects: Vec<f64> = heads().map(|(_, ablation)| effect(ablation)).collect();
        rank_correlation(&gradient, &effects).map_or("none, all are equal".to_string(), |found| format!("{found:.2}"))
    };
    let [loss, exact_match] = [of(|ablation| ablation.loss_change), of(|ablation| -ablation.exact_match_change)];
    (gradient.len() >= RANKED).then(|| {
        format!(
            "rank correlation of gradient and effect over {} heads, {}: {loss} with the rise of the loss, {exact_match} with the fall \
             of {}",
            gradient.len(),
            verb(with),
            counted.title(),
        )
    })
}

fn limits(counted: Counted, pairs: &[Pair]) -> impl Iterator<Item = String> {
    let gradient =
        "gradient: mean |∂L/∂ξ| over the examples at the gate ξ = 1 of a head (Michel et al., 2019, equation 2)";
    let singles = "an effect near 0 does not mean that a part is unused: another may back it up (try all pairs, or several heads at once); and an \
         ablated model is off its distribution";
    let tokens = "token accuracy: of each example, the share of its right tokens that the model finds likeliest; the figure is the mean over \
                  the examples";
    let both = "both − sum below 0: the two back each other up; above 0: they are two steps of one thing, or exact match was 0 already";
    let of_tokens = (counted == Counted::Tokens).then_some(tokens);
    let of_pairs = (!pairs.is_empty()).then_some(both);
    [gradient, singles].into_iter().chain(of_tokens).chain(of_pairs).map(str::to_string)
}

/// Its name in files.
fn name(with: Replacement) -> &'static str {
    match with {
        Replacement::Zero => "zero",
        Replacement::Mean => "mean",
        Replacement::Resample => "resample",
    }
}

fn verb(with: Replacement) -> &'static str {
    match with {
        Replacement::Zero => "replaced by zeros",
        Replacement::Mean => "replaced by the mean",
        Replacement::Resample => "replaced by another example's",
    }
}

fn meaning(with: Replacement) -> &'static str {
    match with {
        Replacement::Zero => "zero: the part's output is 0 at every position",
        Replacement::Mean => "mean: the part's mean output over the examples of one shape, position by position",
        Replacement::Resample => {
            "resample: the part's output on another example of the same shape, drawn from the seed"
        }
    }
}
