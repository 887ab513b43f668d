//! How what heads do came about: their scores and effects at steps of training.

use headlight_model::{Head, Traceable};
use headlight_record::findings::{
    Ablation, Appearance, Bands, Baseline, Cell, Chart, Column, Curve, Curves, Estimate, Findings, HeadFinding,
    Replacement, Score, Table,
};

use crate::ablation::ablate_heads;
use crate::names::head_name;
use crate::outcome::{baseline, outcomes};
use crate::partners::{left_out, with_partners};
use crate::scores::{HeadScores, Thresholds, head_scores};
use crate::{Bootstrap, Examples, LensError};

/// What is shown where no head has a role.
const SHOWN: [&str; 3] = ["needed", "previous", "induction"];
/// What the curves run over.
const ACROSS: &str = "training step";

/// What the heads of a model did at one step of training.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// The step.
    pub step: usize,
    /// What the heads attended to.
    pub scores: HeadScores,
    /// How the model did on the examples on which heads are replaced: where the replacement takes two, those of which another has the
    /// shape.
    pub baseline: Baseline,
    /// How it did with each head by itself replaced.
    pub ablations: Vec<Ablation>,
}

impl Moment {
    /// Scores the heads of a model as it was after a step, and replaces each, as [`head_scores`] and
    /// [`ablate_heads`](crate::ablate_heads) do.
    ///
    /// # Errors
    ///
    /// When no two examples have one shape and the replacement takes two.
    ///
    /// # Panics
    ///
    /// When there is no example.
    pub fn of<M: Traceable + ?Sized>(
        step: usize,
        model: &M,
        examples: &Examples<M::Input>,
        repeated: Option<&Examples<M::Input>>,
        thresholds: &Thresholds,
        with: Replacement,
    ) -> Result<Self, LensError> {
        let ablations = ablate_heads(model, examples, with)?;
        // Those on which heads are replaced.
        let batches = match with {
            Replacement::Zero => examples.batches.iter().collect(),
            Replacement::Mean | Replacement::Resample => with_partners(examples),
        };
        let unchanged: Vec<_> = batches.into_iter().flat_map(|batch| outcomes(model, batch, &[])).collect();
        let bootstrap = Bootstrap::new(unchanged.len(), examples.seed);
        Ok(Self {
            step,
            scores: head_scores(model, examples, repeated, thresholds),
            baseline: baseline(&unchanged, examples.counted, &bootstrap),
            ablations,
        })
    }
}

/// When each head came to do what it does: curves of scores and effects over the steps, and the step at which each role appears.
///
/// Olsson et al. ([2022](https://arxiv.org/abs/2209.11895)) look at induction heads so: they appear within few steps, and with them
/// the loss falls.
///
/// # Panics
///
/// When there is no moment.
pub fn training(moments: &[Moment]) -> Findings {
    let last = moments.last().expect("training has at least one moment");
    let HeadScores { origin, examples, seed, .. } = &last.scores;
    let scores = shown(moments);
    let charts =
        scores.iter().map(|score| of_score(moments, score)).chain(effects(moments)).chain([exact_match(moments)]);
    let how = last.ablations.first().map(|ablation| replaced_by(ablation.with));
    let mut notes =
        vec!["A role appears at the first kept step after which the head keeps the role to the end.".to_string()];
    notes.extend(how.map(|how| format!("Effects are those of one head's context replaced by {how}.")));
    let left_out = left_out(examples.saturating_sub(last.baseline.exact_match.examples));
    notes.extend(left_out.map(|left_out| format!("Of effects, exact match and loss, {left_out}.")));
    notes.extend(last.scores.findings().notes);
    let appearances = appearances(moments);
    Findings {
        lens: "training".to_string(),
        origin: origin.clone(),
        examples: *examples,
        seed: *seed,
        baseline: Some(last.baseline),
        scores: last.scores.scores.clone(),
        tables: vec![when_roles_appear(&appearances, moments)],
        appearances,
        charts: charts.collect(),
        notes,
        ..Findings::default()
    }
}

fn replaced_by(with: Replacement) -> &'static str {
    match with {
        Replacement::Zero => "zeros",
        Replacement::Mean => "its mean over the examples, position by position",
        Replacement::Resample => "that of another example",
    }
}

/// Each role that a head has at the end, by the step from which on it has it.
fn appearances(moments: &[Moment]) -> Vec<Appearance> {
    let Some((last, before)) = moments.split_last() else { return Vec::new() };
    let has = |moment: &Moment, at: usize, role: &String| moment.scores.heads[at].roles.contains(role);
    let mut found = Vec::new();
    for (at, HeadFinding { head, roles, scores }) in last.scores.heads.iter().enumerate() {
        for role in roles {
            let since = before.iter().rev().take_while(|moment| has(moment, at, role)).last().unwrap_or(last);
            let score = last.scores.scores.iter().find(|score| score.title == *role);
            let score = score.and_then(|score| scores.get(&score.name)).copied();
            found.push(Appearance { head: *head, role: role.clone(), step: since.step, score });
        }
    }
    found.sort_by_key(|appearance| appearance.step); // stable: what appears at one step stays in the model's order
    found
}

fn when_roles_appear(appearances: &[Appearance], moments: &[Moment]) -> Table {
    let columns = vec![
        Column::new("head", "head"),
        Column::new("role", "role"),
        Column::new("step", "step"),
        Column::new("score", "score at the end"),
    ];
    let row = |Appearance { head, role, step, score }: &Appearance| -> Vec<Cell> {
        vec![name(*head, moments).into(), role.as_str().into(), (*step).into(), (*score).into()]
    };
    Table { title: "when roles appear".to_string(), columns, rows: appearances.iter().map(row).collect() }
}

/// The scores by which any head is called anything at any moment; where there is none, those that are asked for most.
fn shown(moments: &[Moment]) -> Vec<Score> {
    let heads = || moments.iter().flat_map(|moment| &moment.scores.heads);
    let scores = &moments[0].scores.scores;
    let of = |is_shown: &dyn Fn(&Score) -> bool| scores.iter().filter(|score| is_shown(score)).cloned().collect();
    let named: Vec<Score> = of(&|score| heads().any(|found| found.roles.contains(&score.title)));
    if named.is_empty() { of(&|score| SHOWN.contains(&score.name.as_str())) } else { named }
}

/// One score of every head that has it.
fn of_score(moments: &[Moment], score: &Score) -> Chart {
    let heads = &moments[0].scores.heads;
    let point = |moment: &Moment, at: usize| {
        let found: &HeadFinding = moment.scores.heads.get(at)?;
        Some(point(moment.step, *found.scores.get(&score.name)?))
    };
    let curve = |(at, found): (usize, &HeadFinding)| {
        let points: Vec<_> = moments.iter().filter_map(|moment| point(moment, at)).collect();
        (!points.is_empty()).then(|| Curve { label: name(found.head, moments), head: Some(found.head), points })
    };
    Chart::Curves(Curves {
        name: format!("training_{}", score.name),
        title: format!("{}: mean over {} examples", score.title, moments[0].scores.examples),
        across: ACROSS.to_string(),
        quantity: "share of the attention weight".to_string(),
        curves: heads.iter().enumerate().filter_map(curve).collect(),
        bands: Bands::Intervals,
    })
}

/// What each head's replacement changes: exact match, then loss.
fn effects(moments: &[Moment]) -> [Chart; 2] {
    let examples = moments[0].ablations.first().map_or(0, |ablation| ablation.examples);
    let chart = |file: &str, title: &str, unit: &str, of: fn(&Ablation) -> (f64, [f64; 2])| {
        let curve = |(at, first): (usize, &Ablation)| {
            let point = |moment: &Moment| {
                let (mean, interval) = of(moment.ablations.get(at)?);
                Some((moment.step as f64, mean, interval))
            };
            Curve {
                label: first.what.clone(),
                head: first.heads.first().copied(),
                points: moments.iter().filter_map(point).collect(),
            }
        };
        Chart::Curves(Curves {
            name: format!("training_ablated_{file}"),
            title: format!("change in {title} with a head replaced: mean over {examples} examples"),
            across: ACROSS.to_string(),
            quantity: format!("change in {title}{unit}"),
            curves: moments[0].ablations.iter().enumerate().map(curve).collect(),
            bands: Bands::Intervals,
        })
    };
    [
        chart("exact_match", "exact match", "", |found| (found.exact_match_change, [found.low, found.high])),
        chart("loss", "loss", ", nats per token", |found| (found.loss_change, [found.loss_low, found.loss_high])),
    ]
}

/// How the unchanged model does.
fn exact_match(moments: &[Moment]) -> Chart {
    let points = moments.iter().map(|moment| point(moment.step, moment.baseline.exact_match)).collect();
    Chart::Curves(Curves {
        name: "training_exact_match".to_string(),
        title: format!("exact match: mean over {} examples", moments[0].baseline.exact_match.examples),
        across: ACROSS.to_string(),
        quantity: "exact match".to_string(),
        curves: vec![Curve { label: "unchanged model".to_string(), head: None, points }],
        bands: Bands::Intervals,
    })
}

fn point(step: usize, found: Estimate) -> (f64, f64, [f64; 2]) {
    (step as f64, found.mean, [found.low, found.high])
}

/// A head's name, without its kind where all are of one.
fn name(head: Head, moments: &[Moment]) -> String {
    head_name(head, &moments[0].scores.kinds())
}
