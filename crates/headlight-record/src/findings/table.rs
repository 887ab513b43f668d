use serde::{Deserialize, Serialize};

use crate::findings::Estimate;

/// Rows of cells under named columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// In a few words; empty where the lens says it all.
    pub title: String,
    /// From left to right.
    pub columns: Vec<Column>,
    /// As many cells in each as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name for programs: `exact_match`.
    pub name: String,
    /// Its header for readers: `exact match`.
    pub title: String,
    /// Whether a terminal has no room for it: it is left out there, and stands in files.
    pub detail: bool,
}

/// A value in a [`Table`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// How many, or which.
    Count(i64),
    /// A number without an interval.
    Number(f64),
    /// Words.
    Text(String),
    /// A mean over examples.
    Estimate(Estimate),
    /// Nothing.
    Empty,
}

impl Column {
    /// A column that is shown everywhere.
    pub fn new(name: &str, title: &str) -> Self {
        Self { name: name.to_string(), title: title.to_string(), detail: false }
    }

    /// A column that stands in files only.
    pub fn detail(name: &str, title: &str) -> Self {
        Self { detail: true, ..Self::new(name, title) }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Count(count as i64)
    }
}

impl From<Estimate> for Cell {
    fn from(estimate: Estimate) -> Self {
        Self::Estimate(estimate)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}
