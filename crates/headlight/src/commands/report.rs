mod lens;

use std::path::{Path, PathBuf};

use clap::Args;
use headlight_record::AttentionRecord;
use headlight_report::{Report, report_html};
use headlight_runs::{Layout, read_metrics, read_records_of_steps, write_into_run};

use super::model;
use super::numbers::Numbers;
use super::place::What;
use super::source::{Source, SourceArguments};
use crate::output::{name_of, note, say};

/// Above this, a note says how large the page is: browsers and mail begin to mind.
const LARGE: usize = 10_000_000;

#[derive(Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    source: SourceArguments,
    /// Page to write [default: DIR/report.html, or report.html for a file]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Of a model that others trained: compute and show these layers only, counted from 0: 1 or 0,2-3
    #[arg(long, value_name = "L")]
    layer: Option<Numbers>,
    /// Show at most N of the steps that a run recorded (--record-every), evenly spread from the first to the last
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..))]
    steps: u32,
    /// Ask the lenses what each head does, and show it: scores, what fails without it, and, for a run that was trained with
    /// --keep-parameters-every, since when
    #[arg(long)]
    lens: bool,
}

/// One HTML page with everything that a run recorded.
pub(crate) fn report(arguments: &ReportArguments) -> anyhow::Result<()> {
    let path = arguments.source.path();
    let what = arguments.source.place().what;
    if arguments.layer.is_some() && what != What::Model {
        anyhow::bail!(
            "{}: --layer is for a model that others trained, and the page of this has all layers: leave it out",
            path.display()
        );
    }
    let records = Source::open(&arguments.source, arguments.layer.as_ref())?.records;
    let is_run = what == What::Run;
    let (mut report, default) = if is_run {
        // Earlier steps were recorded on the run's own example, not on another question.
        let steps = if arguments.source.is_a_question() { 1 } else { arguments.steps as usize };
        (of_run(path, records, steps)?, Layout::of(path).report())
    } else {
        (
            Report { title: name_of(path), moments: vec![records], metrics: vec![], findings: vec![] },
            if what == What::Records { Layout::of(path).report() } else { PathBuf::from("report.html") },
        )
    };
    if arguments.lens {
        if !is_run {
            anyhow::bail!("{}: --lens is for a run's own model: leave it out", path.display());
        }
        report.findings = lens::findings(path, arguments.source.device())?;
    }
    let page = report_html(&report)?.into_bytes();
    if page.len() > LARGE {
        let (steps, size) = (report.moments.len(), page.len() as f64 / 1e6);
        let advice =
            if steps > 1 { format!(", with {steps} recorded steps (--steps N shows fewer)") } else { String::new() };
        note(format_args!("note: the page is {size:.0} MB large{advice}"));
    }
    match &arguments.out {
        Some(out) if !is_same_file(out, &default) => {
            model::write(&[(out.clone(), page)], path)?;
            say(out.display())
        }
        _ => {
            write_into_run(&[(default.clone(), page)]).map_err(model::failed)?;
            say(default.display())
        }
    }
}

/// Writes the page of a run that has just ended with these records, under the run's own name for it, which is returned.
pub(crate) fn write_report(run: &Path, records: Vec<AttentionRecord>) -> anyhow::Result<PathBuf> {
    let path = Layout::of(run).report();
    let page = report_html(&of_run(run, records, usize::MAX)?)?;
    write_into_run(&[(path.clone(), page.into_bytes())]).map_err(model::failed)?;
    Ok(path)
}

/// A run that ended with these records: what it recorded before, at most this many steps in all, and its metrics.
fn of_run(run: &Path, end: Vec<AttentionRecord>, steps: usize) -> anyhow::Result<Report> {
    let last = end.first().and_then(|record| record.origin().step);
    let mut before = if steps > 1 { Layout::of(run).recorded()? } else { Vec::new() };
    before.retain(|(step, _)| Some(*step) < last);
    if before.len() >= steps {
        let (all, kept) = (before.len(), steps - 1);
        note(format_args!("note: shows {steps} of {} recorded steps (--steps N shows more)", all + 1));
        before = (0..kept).map(|at| before[at * all / kept].clone()).collect();
    }
    let mut moments = read_records_of_steps(run, before.iter().map(|(step, _)| *step))?;
    moments.push(end);
    Ok(Report { title: name_of(run), moments, metrics: read_metrics(run)?, findings: vec![] })
}

/// Whether two paths name one file, be it there or not.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let resolved = |path: &Path| {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some((parent.canonicalize().ok()?, path.file_name()?.to_owned()))
    };
    resolved(one).is_some_and(|one| Some(one) == resolved(other))
}
