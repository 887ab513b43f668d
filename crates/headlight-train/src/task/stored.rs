use headlight_model::Architecture;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{PairFile, Task, TaskError, TaskSpec};
use crate::tasks::TASKS;

/// A task as a file has it: with its name in place of its [`TaskSpec`].
///
/// A [`Task`] is read with Headlight's own tasks. Who trains on a task of their own reads a `StoredTask`, and says which tasks there are:
///
/// ```
/// use headlight_model::Architecture;
/// use headlight_train::{StoredTask, Task, TaskSpec};
///
/// static MINE: TaskSpec = TaskSpec::sequence("mine", |_, source| Some(source.to_vec()), |_, _| None);
///
/// let task = Task::new(&MINE, Architecture::Decoder);
/// let file = serde_json::to_string(&task)?;
/// let stored: StoredTask = serde_json::from_str(&file)?;
/// assert_eq!(stored.task(&[&MINE])?, task);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTask {
    /// The name of its [`TaskSpec`].
    pub name: String,
    /// As in [`Task`].
    pub architecture: Architecture,
    /// As in [`Task`].
    pub length: usize,
    /// As in [`Task`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<usize>,
    /// As in [`Task`].
    pub symbols: usize,
    /// As in [`Task`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PairFile>,
}

impl StoredTask {
    /// The task, whose name is one of these.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn task(self, specs: &[&'static TaskSpec]) -> Result<Task, TaskError> {
        let Self { name, architecture, length, min_length, symbols, file } = self;
        let spec = named(&name, specs)?;
        Ok(Task { spec, architecture, length, min_length, symbols, file })
    }
}

impl From<Task> for StoredTask {
    fn from(task: Task) -> Self {
        let Task { spec, architecture, length, min_length, symbols, file } = task;
        Self { name: spec.name.to_string(), architecture, length, min_length, symbols, file }
    }
}

impl Serialize for Task {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StoredTask::from(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Task {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        StoredTask::deserialize(deserializer)?.task(TASKS).map_err(serde::de::Error::custom)
    }
}

/// The task with this name among these.
fn named(name: &str, specs: &[&'static TaskSpec]) -> Result<&'static TaskSpec, TaskError> {
    let unknown =
        || TaskError::UnknownTask { name: name.to_string(), known: specs.iter().map(|spec| spec.name).collect() };
    specs.iter().find(|spec| spec.name == name).copied().ok_or_else(unknown)
}
