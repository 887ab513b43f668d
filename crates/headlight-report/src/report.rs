use headlight_record::findings::Findings;
use headlight_record::{AttentionKind, AttentionRecord, StepMetrics};

use crate::findings::Found;
use crate::manifest::{Columns, Manifest};
use crate::page::page;

/// What a page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The page's heading.
    pub title: String,
    /// What attention looked like at each recorded step, at most one record of each kind, the steps ascending; one moment where only
    /// the end is known.
    pub moments: Vec<Vec<AttentionRecord>>,
    /// The lines of `metrics.jsonl`; empty where there was no training.
    pub metrics: Vec<StepMetrics>,
    /// What each lens found; empty where none was asked.
    pub findings: Vec<Findings>,
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Nothing to show.
    #[error("there are no records to show")]
    NoRecords,
    /// Two records of a moment that cannot be told apart.
    #[error("{} has two records of {}", moment(*step), kind.title())]
    TwoOfAKind {
        /// The kind that both have.
        kind: AttentionKind,
        /// The step of the moment.
        step: Option<usize>,
    },
    /// Moments of different examples or models.
    #[error("{} has records of other kinds or shapes than the first: a page shows one example of one model", moment(*step))]
    Unlike {
        /// The step of the moment.
        step: Option<usize>,
    },
    /// Steps that do not ascend.
    #[error("the steps of a time line must ascend: {} comes after {}", moment(*after), moment(*before))]
    Unordered {
        /// The step of a moment.
        before: Option<usize>,
        /// The step of the next.
        after: Option<usize>,
    },
}

/// A moment, by its step.
fn moment(step: Option<usize>) -> String {
    step.map_or_else(|| "a moment without a step".to_string(), |step| format!("step {step}"))
}

/// The page, as UTF-8. Equal reports give equal pages.
///
/// # Errors
///
/// When there is nothing to show, a moment has two records of a kind or others than the first, or the steps of several moments do not ascend.
pub fn report_html(report: &Report) -> Result<String, ReportError> {
    check(&report.moments)?;
    let (moments, blocks) = crate::moments::moments(&report.moments);
    let origin = report.moments.iter().flatten().next_back().map(|record| record.origin().clone()).unwrap_or_default();
    let manifest = Manifest {
        version: crate::manifest::VERSION,
        title: &report.title,
        task: origin.task,
        model: origin.model,
        moments,
        metrics: Columns::new(&report.metrics),
        findings: report.findings.iter().map(Found::new).collect(),
    };
    Ok(page(&manifest, blocks))
}

fn check(moments: &[Vec<AttentionRecord>]) -> Result<(), ReportError> {
    let step = |moment: &[AttentionRecord]| moment.first().and_then(|record| record.origin().step);
    if moments.is_empty() || moments.iter().any(Vec::is_empty) {
        return Err(ReportError::NoRecords);
    }
    for moment in moments {
        let mut kinds: Vec<AttentionKind> = moment.iter().map(AttentionRecord::kind).collect();
        kinds.sort_unstable();
        if let Some(pair) = kinds.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ReportError::TwoOfAKind { kind: pair[0], step: step(moment) });
        }
    }
    let shapes = |moment: &[AttentionRecord]| -> Vec<_> {
        moment.iter().map(|record| (record.kind(), record.shape(), record.layer_numbers())).collect()
    };
    if let Some(other) = moments.iter().find(|moment| shapes(moment) != shapes(&moments[0])) {
        return Err(ReportError::Unlike { step: step(other) });
    }
    for pair in moments.windows(2) {
        let (before, after) = (step(&pair[0]), step(&pair[1]));
        if before.is_none() || before >= after {
            return Err(ReportError::Unordered { before, after });
        }
    }
    Ok(())
}
