use std::path::PathBuf;

use headlight_model::Architecture;
use serde::{Deserialize, Serialize};

/// A part of the comparison, as `--only` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Group {
    /// Training steps per second, and the memory that training takes
    Training,
    /// A whole process, from its start to a solved task and pictures
    Whole,
    /// Attention, forward and backward
    Attention,
    /// Memory that attention takes as sequences get longer
    Memory,
    /// Drawing heatmaps
    Drawing,
    /// What heads do, and what fails without them
    Lens,
    /// Models that others trained, from their directories to pictures of their heads
    Pretrained,
}

/// What one process does, once by Headlight and once by a peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Case {
    /// So many steps without an evaluation.
    Training { architecture: Architecture, steps: u32 },
    /// Train until solved, then draw: the `headlight` program itself.
    Whole,
    /// Repeated as long as there is time, or once to see what memory it takes.
    Attention { form: Form, pass: Pass, size: Size, measure: Measure },
    /// Pictures, over and over.
    Drawing { pictures: Pictures },
    /// One lens on a trained run: the `headlight` program itself.
    Lens { lens: Lens },
    /// A model that others trained, from its directory to a picture of its heads: the `headlight` program itself.
    Attend(Asked),
    /// Its passes alone, over and over.
    Forward(Asked),
    /// A text of so many tokens for it: nothing that is measured.
    Text { model: PathBuf, n_tokens: usize },
}

/// A model's directory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Subject {
    /// How rows name it.
    pub(crate) name: String,
    /// What its parameters take on disk.
    pub(crate) bytes: u64,
    /// One of each of the lengths that are measured.
    pub(crate) asked: Vec<Asked>,
}

/// A model and a text of so many tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) model: PathBuf,
    pub(crate) text: String,
    pub(crate) n_tokens: usize,
}

/// Which part of attention is measured, and against which implementation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// Heads in, heads out.
    Core,
    /// With the projections and the output layer.
    Module,
    /// The same, with the weights of every head.
    ModuleWithWeights,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pass {
    Forward,
    ForwardBackward,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Size {
    pub(crate) d_model: usize,
    pub(crate) n_heads: usize,
    pub(crate) batch_size: usize,
    pub(crate) seq_length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    Time,
    Memory,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pictures {
    /// A grid of four heads of 21 × 21, and the four one by one.
    Small,
    /// A grid of 144 heads of 32 × 32.
    Big,
}

/// A lens, with what it looks for by default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Lens {
    /// Every score of every head.
    Heads,
    /// Every head and every feed-forward layer replaced.
    Ablate,
}

impl Group {
    pub(crate) const ALL: [Self; 7] =
        [Self::Training, Self::Whole, Self::Attention, Self::Memory, Self::Drawing, Self::Lens, Self::Pretrained];
}

impl Lens {
    /// What the command and the peer call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Heads => "heads",
            Self::Ablate => "ablate",
        }
    }
}

impl Case {
    /// Reads what [`to_json`](Self::to_json) wrote.
    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a case has no maps and no numbers that JSON lacks")
    }
}

impl Pass {
    /// How rows name it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::ForwardBackward => "forward + backward",
        }
    }
}
