//! Runs that differ in their seeds alone, and what is known of them together.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{CollectedRun, Quartiles, Share, State, SweepAxis, SweepError, SweepResults, quartiles, wilson};

/// Runs with the same values on some axes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepCell {
    /// Those values.
    pub settings: BTreeMap<String, String>,
    /// The runs, by their places in [`SweepResults::runs`].
    pub runs: Vec<usize>,
    /// How many of them have an outcome: solved, not solved, or diverged. The numbers below are over these.
    pub outcomes: usize,
    /// How many were solved.
    pub solved: usize,
    /// How many diverged; they count as not solved.
    pub diverged: usize,
    /// Share solved, with its Wilson interval.
    pub share: Option<Share>,
    /// Steps to solve, of all that have an outcome: one that was not solved took more than any that was, infinitely many.
    pub steps: Option<Quartiles>,
}

/// Cells over two axes, or one, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepGrid<'a> {
    /// What runs down; `None` where there is one row.
    pub rows: Option<&'a SweepAxis>,
    /// What runs across; `None` where there is one column.
    pub columns: Option<&'a SweepAxis>,
    /// Row by row.
    pub cells: Vec<SweepCell>,
    /// Axes with several values that are neither: a cell has runs of each of their values.
    pub pooled: Vec<&'a SweepAxis>,
}

impl SweepResults {
    /// The cells over two axes: those named, or else the first two that have several values. A single one runs across.
    ///
    /// # Errors
    ///
    /// When there is no axis of a name, or both are one.
    pub fn grid(&self, rows: Option<&str>, columns: Option<&str>) -> Result<SweepGrid<'_>, SweepError> {
        if let (Some(rows), Some(columns)) = (rows, columns)
            && rows == columns
        {
            return Err(SweepError::Twice { name: rows.to_string() });
        }
        let is_other = |axis: &&SweepAxis| Some(axis.name.as_str()) != rows && Some(axis.name.as_str()) != columns;
        let mut others = self.varied().filter(is_other);
        let is_one = rows.is_none() && self.varied().count() < 2;
        let rows = match rows {
            Some(name) => Some(self.axis(name)?),
            None if is_one => None,
            None => others.next(),
        };
        let columns = match columns {
            Some(name) => Some(self.axis(name)?),
            None => others.next(),
        };
        let axes: Vec<&SweepAxis> = rows.into_iter().chain(columns).collect();
        let pooled = self.varied().filter(|axis| !axes.contains(axis)).collect();
        Ok(SweepGrid { rows, columns, cells: self.cells(&axes), pooled })
    }

    /// A cell for each choice of values on these axes, the last axis changing fastest.
    pub fn cells(&self, axes: &[&SweepAxis]) -> Vec<SweepCell> {
        let mut all: Vec<Vec<&str>> = vec![Vec::new()];
        for axis in axes {
            let before = std::mem::take(&mut all);
            for values in before {
                all.extend(axis.values.iter().map(|value| [&values[..], &[value.as_str()]].concat()));
            }
        }
        let mut runs: HashMap<Vec<&str>, Vec<usize>> = HashMap::new();
        for (at, run) in self.runs.iter().enumerate() {
            let values = axes.iter().filter_map(|axis| run.settings.get(&axis.name).map(String::as_str));
            runs.entry(values.collect()).or_default().push(at);
        }
        let cell = |values: Vec<&str>| {
            let names = axes.iter().map(|axis| axis.name.clone());
            let settings = names.zip(values.iter().map(|value| value.to_string())).collect();
            self.cell(settings, runs.get(&values).cloned().unwrap_or_default())
        };
        all.into_iter().map(cell).collect()
    }

    /// The cell of these runs.
    pub(super) fn cell(&self, settings: BTreeMap<String, String>, runs: Vec<usize>) -> SweepCell {
        let of = |is: fn(&CollectedRun) -> bool| runs.iter().filter(|at| is(&self.runs[**at])).count();
        let (outcomes, solved) = (of(|run| run.solved.is_some()), of(|run| run.solved == Some(true)));
        let steps = runs.iter().filter_map(|at| self.runs[*at].steps_to_solve());
        SweepCell {
            settings,
            outcomes,
            solved,
            diverged: of(|run| run.state == State::Diverged),
            share: wilson(solved, outcomes),
            steps: quartiles(steps.collect()),
            runs,
        }
    }
}

impl SweepCell {
    /// What it is called: `heads 2 · d-model 32`.
    pub fn title(&self, axes: &[SweepAxis]) -> String {
        let named = axes.iter().filter_map(|axis| Some(format!("{} {}", axis.name, self.settings.get(&axis.name)?)));
        let title = named.collect::<Vec<_>>().join(" · ");
        if title.is_empty() { "all runs".to_string() } else { title }
    }
}
