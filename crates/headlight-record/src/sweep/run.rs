//! One run of a sweep.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Head;

/// What became of one run of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepRun {
    /// Its number in the plan.
    pub number: usize,
    /// Its directory below the sweep's: `runs/0003`.
    pub directory: String,
    /// Its value on each axis.
    pub settings: BTreeMap<String, String>,
    /// How far it is.
    pub status: Status,
    /// Whether it reached its target; unknown until it has an outcome. A run that failed did not.
    pub solved: Option<bool>,
    /// Steps taken so far.
    pub steps: usize,
    /// Share of the held-out examples answered without an error, where it was measured.
    pub exact_match: Option<f64>,
    /// Over how many held-out examples.
    pub held_out: Option<usize>,
    /// Loss of the last logged step, in nats per token.
    pub loss: Option<f64>,
    /// The model's trained numbers.
    pub parameters: Option<usize>,
    /// Seconds of training.
    pub seconds: Option<f64>,
    /// Why it failed, or what is wrong with its files.
    pub reason: Option<String>,
    /// Whether its page is there.
    pub has_report: bool,
    /// What its heads are called, layer by layer; empty where its record was not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<HeadRoles>,
    /// Its training, thinned.
    #[serde(skip)]
    pub curve: Vec<CurvePoint>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not begun.
    Waiting,
    /// It is being trained, or was stopped.
    Begun,
    /// Come to its end, solved or not.
    Ended,
    /// Failed for good: its loss is no number any more.
    Failed,
    /// Its files cannot be read.
    Damaged,
}

/// A logged step of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Counted from 1.
    pub step: usize,
    /// Of the step's batch, in nats per token.
    pub loss: f64,
    /// Where it was measured at this step.
    pub exact_match: Option<f64>,
}

/// What one head of a run is called.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadRoles {
    /// Which head: `kind`, `layer` and `head`.
    #[serde(flatten)]
    pub head: Head,
    /// Each role with the score by which it has it, the one that says most first; empty where it has none.
    pub roles: Vec<(String, f64)>,
}

impl Status {
    /// All of them, in the order in which a run may go through them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Begun, Self::Ended, Self::Failed, Self::Damaged];

    /// In a word, as files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Begun => "begun",
            Self::Ended => "ended",
            Self::Failed => "failed",
            Self::Damaged => "damaged",
        }
    }
}

impl SweepRun {
    /// Whether a run has all of these settings.
    pub(super) fn has(&self, settings: &BTreeMap<String, String>) -> bool {
        settings.iter().all(|(name, value)| self.settings.get(name) == Some(value))
    }
}
