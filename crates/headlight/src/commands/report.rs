use std::path::{Path, PathBuf};

use clap::Args;
use headlight_record::write_whole;
use headlight_report::{Report, report_html};

use super::model;
use super::source::{Source, SourceArguments};
use crate::output::say;

#[derive(Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    source: SourceArguments,
    /// The page to write [default: DIR/report.html, or report.html for a file]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// One HTML page with everything that a run recorded.
pub(crate) fn report(arguments: &ReportArguments) -> anyhow::Result<()> {
    let path = arguments.source.path();
    let records = Source::open(&arguments.source)?.records;
    let default = if path.is_dir() { path.join("report.html") } else { PathBuf::from("report.html") };
    let out = arguments.out.clone().unwrap_or_else(|| default.clone());
    let report = Report { title: title(path), moments: vec![records], metrics: vec![] };
    let page = report_html(&report)?.into_bytes();
    if out == default {
        write_whole(&out, &page).map_err(model::failed(&out))?; // the run's own name for it
    } else {
        model::write(&[(out.clone(), page)], path)?;
    }
    say(out.display())
}

fn title(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
