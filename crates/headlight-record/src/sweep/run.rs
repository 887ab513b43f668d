//! One run of a sweep.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Head;

/// What became of one run of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CollectedRun {
    /// Its number in the plan.
    #[serde(rename = "run")]
    pub number: usize,
    /// Its directory below the sweep's: `runs/0003`.
    pub directory: String,
    /// Its value on each axis.
    pub settings: BTreeMap<String, String>,
    /// How far it is.
    pub state: State,
    /// Whether it reached its target; unknown until it has an outcome. A run that diverged did not.
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
    /// Why it diverged, or what is wrong with its files.
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
pub enum State {
    /// Not started.
    Waiting,
    /// It is being trained, or was stopped.
    Started,
    /// Come to its end, solved or not.
    Finished,
    /// Its loss became NaN: it would each time.
    Diverged,
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
    /// The last that was measured, at this step or before it.
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

impl State {
    /// All of them, in the order in which a run may go through them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Started, Self::Finished, Self::Diverged, Self::Damaged];

    /// In a word, as files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Started => "started",
            Self::Finished => "finished",
            Self::Diverged => "diverged",
            Self::Damaged => "damaged",
        }
    }
}

impl CollectedRun {
    /// Steps until it was solved, infinitely many where it was not; unknown until it has an outcome. The median of those that were solved
    /// would be that of the fastest, and the fewer were solved, the faster these are.
    pub fn steps_to_solve(&self) -> Option<f64> {
        self.solved.map(|solved| if solved { self.steps as f64 } else { f64::INFINITY })
    }

    /// Whether a run has all of these settings.
    pub(super) fn has(&self, settings: &BTreeMap<String, String>) -> bool {
        settings.iter().all(|(name, value)| self.settings.get(name) == Some(value))
    }
}

#[cfg(test)]
impl CollectedRun {
    /// A run that has finished, of which nothing is known.
    pub(super) fn example(number: usize) -> Self {
        Self {
            number,
            directory: format!("runs/{number:04}"),
            settings: BTreeMap::from([("seed".to_string(), number.to_string())]),
            state: State::Finished,
            solved: Some(true),
            steps: 1,
            exact_match: None,
            held_out: None,
            loss: None,
            parameters: None,
            seconds: None,
            reason: None,
            has_report: false,
            heads: Vec::new(),
            curve: Vec::new(),
        }
    }
}
