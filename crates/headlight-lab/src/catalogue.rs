//! What can be chosen, for a page that has no worker yet.

use std::collections::BTreeMap;

use headlight_runs::RunConfig;
use headlight_train::tasks::TASKS;
use headlight_train::{Task, TaskSpec};

use crate::choices::{ACTIVATIONS, ARCHITECTURES, NORMS, POSITIONS, SCHEDULES, words};
use crate::messages::{Catalogue, Settings, TaskEntry, VERSION};

impl Catalogue {
    /// All tasks and choices, and the settings that a page starts with.
    pub fn new(settings: Settings) -> Self {
        let choices = [
            ("architecture", words(&ARCHITECTURES)),
            ("positions", words(&POSITIONS)),
            ("norm", words(&NORMS)),
            ("activation", words(&ACTIVATIONS)),
            ("schedule", words(&SCHEDULES)),
        ];
        let choices: BTreeMap<String, Vec<String>> =
            choices.into_iter().map(|(name, words)| (name.to_string(), words)).collect();
        Self { version: VERSION, tasks: TASKS.iter().map(|task| TaskEntry::of(task)).collect(), choices, settings }
    }
}

impl TaskEntry {
    fn of(spec: &'static TaskSpec) -> Self {
        // The limits are the same for each architecture.
        let task = Task::new(spec, spec.architectures[0]);
        let (lengths, symbols) = ((spec.lengths)(&task), (spec.symbols)(&task));
        let defaults =
            spec.architectures.iter().map(|architecture| Settings::of(&RunConfig::for_task(spec, *architecture)));
        Self {
            name: spec.name.to_string(),
            about: spec.about.to_string(),
            lesson: spec.lesson.to_string(),
            length_counts: spec.length_counts.to_string(),
            symbols_are: spec.symbols_are.to_string(),
            takes_pairs: spec.takes_pairs(),
            defaults: defaults.collect(),
            lengths: [*lengths.start(), *lengths.end()],
            symbols: [*symbols.start(), *symbols.end()],
        }
    }
}
