use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::request::Settings;

/// What the page knows before a worker is there: what can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Catalogue {
    /// That of the messages.
    pub version: u32,
    /// Every task, in the order of `headlight tasks`.
    pub tasks: Vec<TaskEntry>,
    /// For each setting that is one of several words, the words, by the setting's name.
    pub choices: BTreeMap<String, Vec<String>>,
    /// What the page starts with, where its maker chose something.
    pub settings: Settings,
}

/// A task that can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TaskEntry {
    /// As it is typed.
    pub name: String,
    /// What the model does, in a few words.
    pub about: String,
    /// What its attention has to do.
    pub lesson: String,
    /// What the length counts, and what the symbols are.
    pub length_counts: String,
    /// What the symbols are.
    pub symbols_are: String,
    /// Whether its examples are the user's own pairs.
    pub takes_pairs: bool,
    /// By architecture, the first being the default: every setting filled in, but the pairs.
    pub defaults: Vec<Settings>,
    /// The least and the largest length, for these symbols.
    pub lengths: [usize; 2],
    /// The least and the largest number of symbols.
    pub symbols: [usize; 2],
}
