//! A run that goes on with other settings than it began with.

use crate::RunConfig;
use crate::at_rest::{changes_run, has_other_rates};
use crate::config::Branch;
use crate::config_file::changes;

/// What a run keeps on the way says nothing of how it was trained.
const KEPT: [&str; 3] = ["record_every", "keep_parameters_every", "tour"];

impl RunConfig {
    /// Remembers that the run was trained with the settings of `before` up to a step, where that makes it another run than one with
    /// these settings from its beginning.
    pub fn branched_from(mut self, before: &Self, step: usize) -> Self {
        let mut longer = before.clone();
        longer.training.max_steps = self.training.max_steps;
        let is_other = |name: &str| match name {
            "max_steps" => has_other_rates(before, &longer, step),
            _ => !KEPT.contains(&name),
        };
        let found =
            changes(before, &self).into_iter().filter(|change| changes_run(change) || change.name == "max_steps");
        let changed =
            found.filter(|change| is_other(&change.name)).map(|change| (change.name, change.before)).collect();
        let branch = Branch { step, before: changed };
        if step > 0 && !branch.before.is_empty() {
            self.branches.push(branch);
        }
        self
    }
}
