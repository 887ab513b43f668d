//! What a lens found, as plain data: a table, a picture, a page and another program read the same numbers.

mod chart;
mod counted;
mod estimate;
mod heads;
mod json;
mod table;

use serde::{Deserialize, Serialize};

pub use chart::{Axis, Bands, Bar, Bars, Bright, Cells, Chart, Curve, Curves, Grid, Numbered, Scale};
pub use counted::Counted;
pub use estimate::Estimate;
pub use heads::{Ablation, Appearance, Baseline, FeedForward, HeadFinding, Replacement, Score};
pub use table::{Cell, Column, Table};

use crate::Origin;

/// What one lens found. A lens fills what it has to say, and leaves the rest empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// The lens: `heads`, `ablate`, ….
    pub lens: String,
    /// The task, the model, and the step at which the model was.
    pub origin: Origin,
    /// Over how many examples the figures are means.
    #[serde(default)]
    pub examples: usize,
    /// Seed of all that was drawn: examples, resampling, permutations.
    #[serde(default)]
    pub seed: u64,
    /// What `exact_match` counts, here and in what follows.
    #[serde(default, skip_serializing_if = "Counted::is_default")]
    pub counted: Counted,
    /// How the unchanged model does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// What the names in [`HeadFinding::scores`] mean, in the order in which they are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<Score>,
    /// The scores of each head.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<HeadFinding>,
    /// What fails when a part is replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ablations: Vec<Ablation>,
    /// When heads came to be called what they are called, in the order of steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub appearances: Vec<Appearance>,
    /// What is printed; the first table is what `--csv` gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// What is drawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<Chart>,
    /// What a reader must know of the figures, a line each: thresholds, limits, what was left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
