use std::collections::BTreeMap;
use std::path::{Component, Path};

use headlight_record::sweep::SweepAxis;
use serde::{Deserialize, Serialize};

use crate::RunConfig;
use crate::config_file::{Change, changes};
use crate::plan_error::{PlanDifference, PlanError};

/// What a sweep is to do: every run, with all that decides how it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPlan {
    /// The task's name.
    pub task: String,
    /// The settings in which the runs differ, the seed last.
    pub axes: Vec<SweepAxis>,
    /// The runs, by their numbers.
    pub runs: Vec<PlannedRun>,
}

/// One run of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedRun {
    /// Its place in the plan, from 0.
    pub number: usize,
    /// Its directory, below that of the sweep.
    pub directory: String,
    /// Its value on each axis.
    pub settings: BTreeMap<String, String>,
    /// All that decides how it goes.
    pub config: RunConfig,
}

impl SweepPlan {
    /// More runs than anyone waits for are refused.
    pub const MAX_RUNS: usize = 100_000;

    /// The plan of these runs, each with its value on every axis, in this order.
    pub fn new(task: &str, axes: Vec<SweepAxis>, runs: impl IntoIterator<Item = (Vec<String>, RunConfig)>) -> Self {
        let names = || axes.iter().map(|axis| axis.name.clone());
        let planned = |(number, (values, config)): (usize, (Vec<String>, RunConfig))| PlannedRun {
            number,
            directory: format!("runs/{number:04}"),
            settings: names().zip(values).collect(),
            config,
        };
        let runs = runs.into_iter().enumerate().map(planned).collect();
        Self { task: task.to_string(), axes, runs }
    }

    /// Says whether every run can be trained, before anything is written.
    ///
    /// # Errors
    ///
    /// Names the first run that cannot, and why.
    pub fn check(&self) -> Result<(), PlanError> {
        if !(1..=Self::MAX_RUNS).contains(&self.runs.len()) {
            return Err(PlanError::Count { count: self.runs.len(), max: Self::MAX_RUNS });
        }
        self.runs.iter().enumerate().try_for_each(|(number, run)| run.check_at(number))
    }

    /// What makes another plan of this one, in the order in which a reader would look.
    pub(crate) fn difference(&self, asked: &Self) -> Option<PlanDifference> {
        if self.task != asked.task {
            return Some(PlanDifference::Task { started: self.task.clone(), asked: asked.task.clone() });
        }
        let has = |axes: &[SweepAxis], name: &str| axes.iter().find(|axis| axis.name == name).cloned();
        for SweepAxis { name, .. } in self.axes.iter().chain(&asked.axes) {
            let (started, asked) = (has(&self.axes, name), has(&asked.axes, name));
            if started != asked {
                let values = |axis: Option<SweepAxis>| axis.map(|axis| axis.values);
                return Some(PlanDifference::Axis {
                    name: name.clone(),
                    started: values(started),
                    asked: values(asked),
                });
            }
        }
        if self.axes != asked.axes || self.runs.len() != asked.runs.len() {
            return Some(PlanDifference::Runs { started: self.runs.len(), asked: asked.runs.len() });
        }
        self.runs.iter().zip(&asked.runs).find_map(|(old, new)| {
            if (&old.directory, &old.settings) != (&new.directory, &new.settings) {
                return Some(PlanDifference::Runs { started: self.runs.len(), asked: asked.runs.len() });
            }
            let Change { name, before, after } = changes(&old.config, &new.config).into_iter().next()?;
            Some(PlanDifference::Setting { number: old.number, name, started: before, asked: after })
        })
    }
}

impl PlannedRun {
    /// Says whether the run can be trained, in a directory of the sweep's, as the run of this number.
    ///
    /// # Errors
    ///
    /// Says why not.
    pub(super) fn check_at(&self, number: usize) -> Result<(), PlanError> {
        if self.number != number {
            return Err(PlanError::Number { number, found: self.number });
        }
        let is_below = |part| matches!(part, Component::Normal(_));
        if self.directory.is_empty() || !Path::new(&self.directory).components().all(is_below) {
            return Err(PlanError::Directory { number: self.number, directory: self.directory.clone() });
        }
        let checked = self.config.check().and_then(|()| self.config.check_digits());
        checked.map_err(|source| PlanError::Run { settings: self.to_string(), source: Box::new(source) })
    }
}

/// As in `heads 2, seed 0`.
impl std::fmt::Display for PlannedRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (name, value)) in self.settings.iter().enumerate() {
            write!(f, "{}{name} {value}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
