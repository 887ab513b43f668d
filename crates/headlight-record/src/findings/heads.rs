use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::findings::Estimate;
use crate::{AttentionKind, Head};

/// What a score of heads is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Its key in [`HeadFinding::scores`]: `previous`.
    pub name: String,
    /// A few words for a reader: `previous token`.
    pub title: String,
}

/// What one head does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadFinding {
    /// Which head: `kind`, `layer` and `head`.
    #[serde(flatten)]
    pub head: Head,
    /// What it is called by its scores, each name with a threshold that it passed: `previous token`; the one that says most first, and
    /// empty where it passed none.
    pub roles: Vec<String>,
    /// The scores that it has, each under its own name.
    #[serde(flatten)]
    pub scores: BTreeMap<String, Estimate>,
}

/// When a head came to be called what it is called at the end of training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Appearance {
    /// Which head: `kind`, `layer` and `head`.
    #[serde(flatten)]
    pub head: Head,
    /// What it is called: `previous token`.
    pub role: String,
    /// The first of the looked-at steps from which on it is called so to the end.
    pub step: usize,
    /// The score by which it is called so, at the end of training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Estimate>,
}

/// How the unchanged model does on the same examples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Share of the examples answered without an error, or of right [tokens](super::Counted::Tokens).
    pub exact_match: Estimate,
    /// Mean cross-entropy of an answer's tokens, in nats.
    pub loss: Estimate,
}

/// What stands where a part's output was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replacement {
    /// Zeros.
    Zero,
    /// The mean of its output over the examples, position by position.
    Mean,
    /// Its output on another example.
    Resample,
}

/// A feed-forward layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FeedForward {
    /// The self-attention of its block: which stack it is in.
    pub stack: AttentionKind,
    /// Its layer, from 0.
    pub layer: usize,
}

/// What fails when parts of the model are replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ablation {
    /// The parts in words: `L0H2`, `L0H2+L1H3`, `FF0`.
    pub what: String,
    /// By what their outputs were replaced.
    pub with: Replacement,
    /// Share of the examples answered without an error under it, or of right [tokens](super::Counted::Tokens).
    pub exact_match: f64,
    /// That share less the unchanged model's: −1 where all fails, 0 where nothing changes.
    pub exact_match_change: f64,
    /// Loss less the unchanged model's, in nats per token of the answer.
    pub loss_change: f64,
    /// Lower end of the 95 % bootstrap interval of `exact_match_change`.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Lower end of the 95 % bootstrap interval of `loss_change`.
    pub loss_low: f64,
    /// Its upper end.
    pub loss_high: f64,
    /// Over how many examples.
    pub examples: usize,
    /// E|∂L/∂ξ| of a single head at its gate ξ = 1 (Michel, Levy and Neubig, [2019](https://arxiv.org/abs/1905.10650), equation 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradient: Option<Estimate>,
    /// The heads among the parts.
    pub heads: Vec<Head>,
    /// The feed-forward layers among them.
    pub feed_forward: Vec<FeedForward>,
    /// A few questions that the unchanged model answers rightly, and this one does not: question and both answers, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<[String; 3]>,
}
