//! One page of a sweep: its cells, the runs of a cell, and the way to each run's own page.

use headlight_record::sweep::{CollectedRun, State, SweepAxis, SweepResults};
use serde::Serialize;

use crate::html::{Data, SinglePage};

/// A viewer of its own, much smaller than that of reports: a sweep has no attention to show.
const SCRIPT: &str = include_str!("../dist/sweep.js");
const STYLE: &str = include_str!("../dist/sweep.css");
const POLICY: &str = include_str!("../dist/sweep-policy.txt");

const OPENING: &str = "<noscript>This page is drawn by the script in it: allow JavaScript to see it. \
                       此页面由其中的脚本绘制，请允许 JavaScript。</noscript>";

const VERSION: u32 = 1;

/// What a page of a sweep shows.
#[derive(Clone, Copy, Debug)]
pub struct SweepPage<'a> {
    /// The runs; of a run's directory the page expects that it is below its own.
    pub results: &'a SweepResults,
    /// The axis that runs down at first; `None` where there is one row.
    pub rows: Option<&'a str>,
    /// The axis that runs across at first.
    pub columns: Option<&'a str>,
    /// What writes the page of one run, up to its directory, and what writes all of them.
    pub commands: [&'a str; 2],
}

/// `viewer/src/sweep/data.ts` has the same in TypeScript.
#[derive(Serialize)]
struct Manifest<'a> {
    version: u32,
    title: &'a str,
    task: &'a str,
    axes: &'a [SweepAxis],
    rows: Option<&'a str>,
    columns: Option<&'a str>,
    commands: [&'a str; 2],
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    number: usize,
    directory: &'a str,
    /// On each axis the place of its value there.
    settings: Vec<Option<usize>>,
    state: State,
    solved: Option<bool>,
    steps: usize,
    exact_match: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    report: bool,
    /// Steps, losses, and exact matches where they were measured.
    curve: (Vec<usize>, Vec<Option<f32>>, Vec<Option<f32>>),
}

/// The page, as UTF-8. Equal results give equal pages.
pub fn sweep_html(page: &SweepPage<'_>) -> String {
    let SweepPage { results, rows, columns, commands } = *page;
    let run = |run| Run::new(run, &results.axes);
    let manifest = Manifest {
        version: VERSION,
        title: &results.title,
        task: &results.task,
        axes: &results.axes,
        rows,
        columns,
        commands,
        runs: results.runs.iter().map(run).collect(),
    };
    let page = SinglePage {
        generator: concat!("Headlight ", env!("CARGO_PKG_VERSION")),
        policy: POLICY,
        title: &results.title,
        style: STYLE,
        opening: OPENING,
        data: &[Data::json("sweep", &manifest)],
        script: SCRIPT,
    };
    page.html()
}

impl<'a> Run<'a> {
    fn new(run: &'a CollectedRun, axes: &[SweepAxis]) -> Self {
        let place = |axis: &SweepAxis| {
            let value = run.settings.get(&axis.name)?;
            axis.values.iter().position(|other| other == value)
        };
        // What is no number any more leaves a gap.
        let number = |number: f64| Some(rounded(number)).filter(|number| number.is_finite());
        Self {
            number: run.number,
            directory: &run.directory,
            settings: axes.iter().map(place).collect(),
            state: run.state,
            solved: run.solved,
            steps: run.steps,
            exact_match: run.exact_match,
            reason: run.reason.as_deref(),
            report: run.has_report,
            curve: (
                run.curve.iter().map(|point| point.step).collect(),
                run.curve.iter().map(|point| number(point.loss)).collect(),
                run.curve.iter().map(|point| point.exact_match.and_then(number)).collect(),
            ),
        }
    }
}

/// Four digits are more than a curve of a few pixels shows.
fn rounded(number: f64) -> f32 {
    format!("{number:.3e}").parse().unwrap_or(f32::NAN)
}
