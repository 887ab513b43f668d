use serde::{Deserialize, Serialize};

use crate::error::{RecordError, check_size};
use crate::kind::AttentionKind;
use crate::projections::Projections;

/// Where a record came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The task, such as `copy`; empty where there was none.
    pub task: String,
    /// The model, in words; empty where it has no name.
    pub model: String,
    /// The training step after which the weights were taken.
    pub step: Option<usize>,
}

/// Why a query does or does not see a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskCell {
    /// The query sees the key.
    Visible,
    /// Masked: the key comes later than the query.
    Causal,
    /// Masked: the key is padding.
    Padding,
    /// Masked: the key is further back than the window of tokens that a query sees.
    Window,
    /// Masked, for another reason or for one that is not known, as by a mask of one's own.
    Masked,
}

/// Attention weights of every layer and head on one example, after softmax and before dropout.
///
/// # Shapes
///
/// - weights: `[layers, heads, queries, keys]`, row-major. A row is one query's distribution over the keys: it sums to
///   1, or to 0 where every key is masked. Weights from elsewhere may break that; [`row_sum_error`](Self::row_sum_error)
///   tells.
/// - mask: `[queries, keys]`, the same for every layer and head.
/// - alignment: for each query, the keys that the task needs there (an empty set where it needs none).
/// - segments: to which of two texts each token belongs, 0 or 1, where a sequence that attends to itself is made of two.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionRecord {
    kind: AttentionKind,
    pub(crate) shape: [usize; 4],
    weights: Vec<f32>,
    pub(crate) query_tokens: Vec<String>,
    pub(crate) key_tokens: Vec<String>,
    pub(crate) origin: Origin,
    pub(crate) mask: Option<Vec<MaskCell>>,
    pub(crate) alignment: Option<Vec<Vec<usize>>>,
    pub(crate) segments: Option<Vec<usize>>,
    pub(crate) projections: Option<Projections>,
    /// Where they are not all of a model's, from its first on.
    pub(crate) layer_numbers: Option<Vec<usize>>,
}

impl AttentionRecord {
    /// Makes a record from `weights` of `shape` `[layers, heads, queries, keys]`, row-major.
    ///
    /// # Errors
    ///
    /// When an axis is empty, the counts of weights or tokens do not fit the shape, or a weight is negative or not finite.
    pub fn new(
        kind: AttentionKind,
        shape: [usize; 4],
        weights: Vec<f32>,
        query_tokens: Vec<String>,
        key_tokens: Vec<String>,
        origin: Origin,
    ) -> Result<Self, RecordError> {
        let [_, heads, queries, keys] = shape;
        let cells = shape.iter().try_fold(1usize, |product, axis| product.checked_mul(*axis)).unwrap_or(usize::MAX);
        // An empty axis has no heatmap; a record of it would only move the error to whoever draws it.
        check_size("axes that are not empty", shape.len(), shape.iter().filter(|axis| **axis > 0).count())?;
        check_size("weights", cells, weights.len())?;
        check_size("query tokens", queries, query_tokens.len())?;
        check_size("key tokens", keys, key_tokens.len())?;
        if let Some(at) = weights.iter().position(|weight| !weight.is_finite() || *weight < 0.0) {
            let (row, key) = (at / keys, at % keys);
            let (panel, query) = (row / queries, row % queries);
            let (layer, head) = (panel / heads, panel % heads);
            return Err(RecordError::Weight { kind, layer, head, query, key, weight: weights[at] });
        }
        Ok(Self {
            kind,
            shape,
            weights,
            query_tokens,
            key_tokens,
            origin,
            mask: None,
            alignment: None,
            segments: None,
            projections: None,
            layer_numbers: None,
        })
    }

    /// Adds the mask, `[queries, keys]` row-major.
    ///
    /// # Errors
    ///
    /// When the count of cells does not fit, or a masked key has weight in any layer or head.
    pub fn with_mask(mut self, mask: Vec<MaskCell>) -> Result<Self, RecordError> {
        let [_, _, queries, keys] = self.shape;
        check_size("mask cells", queries * keys, mask.len())?;
        for (at, &weight) in self.weights.iter().enumerate() {
            let cell = at % mask.len();
            if mask[cell] != MaskCell::Visible && weight != 0.0 {
                return Err(RecordError::MaskedWeight { query: cell / keys, key: cell % keys, weight });
            }
        }
        self.mask = Some(mask);
        Ok(self)
    }

    /// Adds the ideal alignment: for each query the keys that the task needs.
    ///
    /// # Errors
    ///
    /// When there is not one set a query, or a set names a key that does not exist.
    pub fn with_alignment(mut self, mut alignment: Vec<Vec<usize>>) -> Result<Self, RecordError> {
        let [_, _, queries, keys] = self.shape;
        check_size("alignment", queries, alignment.len())?;
        for aligned in &mut alignment {
            aligned.sort_unstable();
            aligned.dedup(); // a set: a key named twice is needed once
        }
        for (query, aligned) in alignment.iter().enumerate() {
            if let Some(&key) = aligned.iter().find(|key| **key >= keys) {
                return Err(RecordError::AlignedKey { query, key, keys });
            }
        }
        self.alignment = Some(alignment);
        Ok(self)
    }

    /// Adds to which of two texts each token belongs.
    ///
    /// # Errors
    ///
    /// When there is not one number for each query and for each key, or one is neither 0 nor 1.
    pub fn with_segments(self, segments: Vec<usize>) -> Result<Self, RecordError> {
        let [_, _, queries, keys] = self.shape;
        check_size("segments of queries", queries, segments.len())?;
        check_size("segments of keys", keys, segments.len())?;
        match segments.iter().position(|segment| *segment > 1) {
            Some(token) => Err(RecordError::Segment { token, segment: segments[token] }),
            None => Ok(Self { segments: Some(segments), ..self }),
        }
    }

    /// The same record with other weights on the same queries and keys, where the mask allows any. What those came from is
    /// not known.
    pub(crate) fn with_weights(&self, shape: [usize; 4], weights: Vec<f32>) -> Self {
        Self {
            kind: self.kind,
            shape,
            weights,
            query_tokens: self.query_tokens.clone(),
            key_tokens: self.key_tokens.clone(),
            origin: self.origin.clone(),
            mask: self.mask.clone(),
            alignment: self.alignment.clone(),
            segments: self.segments.clone(),
            projections: None,
            layer_numbers: self.layer_numbers.clone().filter(|numbers| numbers.len() == shape[0]),
        }
    }

    /// To which of two texts each token belongs, where there are two.
    pub fn segments(&self) -> Option<&[usize]> {
        self.segments.as_deref()
    }

    /// Which attention this is.
    pub fn kind(&self) -> AttentionKind {
        self.kind
    }

    /// `[layers, heads, queries, keys]`, none of them 0.
    pub fn shape(&self) -> [usize; 4] {
        self.shape
    }

    /// All weights, row-major.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The token at each query. In a decoder it is the token read there; what is predicted there is the next one.
    pub fn query_tokens(&self) -> &[String] {
        &self.query_tokens
    }

    /// The token at each key.
    pub fn key_tokens(&self) -> &[String] {
        &self.key_tokens
    }

    /// Where the record came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The mask, `[queries, keys]` row-major, where one was recorded.
    pub fn mask(&self) -> Option<&[MaskCell]> {
        self.mask.as_deref()
    }

    /// For each query the keys that the task needs, where the task says.
    pub fn alignment(&self) -> Option<&[Vec<usize>]> {
        self.alignment.as_deref()
    }

    /// One head's weights, `[queries, keys]` row-major.
    ///
    /// # Panics
    ///
    /// When `layer` or `head` is out of range.
    pub fn head(&self, layer: usize, head: usize) -> &[f32] {
        let [layers, heads, queries, keys] = self.shape;
        assert!(
            layer < layers && head < heads,
            "layer {layer}, head {head}: there are {layers} layers of {heads} heads"
        );
        let panel = queries * keys;
        &self.weights[(layer * heads + head) * panel..][..panel]
    }

    /// One query's weights over the keys.
    ///
    /// # Panics
    ///
    /// When an index is out of range.
    pub fn row(&self, layer: usize, head: usize, query: usize) -> &[f32] {
        let keys = self.shape[3];
        &self.head(layer, head)[query * keys..][..keys]
    }

    /// How far the worst row's sum is from both 1 and 0; rounding alone stays below 1e-5.
    pub fn row_sum_error(&self) -> f32 {
        self.weights
            .chunks_exact(self.shape[3])
            .map(|row| row.iter().sum::<f32>())
            .map(|sum| (sum - 1.0).abs().min(sum.abs()))
            .fold(0.0, f32::max)
    }

    /// The mean weight that one head puts on its aligned keys, over the queries that have any.
    /// `None` without an alignment, or when it is empty everywhere.
    ///
    /// # Panics
    ///
    /// When `layer` or `head` is out of range.
    pub fn alignment_score(&self, layer: usize, head: usize) -> Option<f32> {
        let on_aligned: Vec<f32> = self
            .alignment()?
            .iter()
            .enumerate()
            .filter(|(_, keys)| !keys.is_empty())
            .map(|(query, keys)| keys.iter().map(|key| self.row(layer, head, query)[*key]).sum())
            .collect();
        (!on_aligned.is_empty()).then(|| on_aligned.iter().sum::<f32>() / on_aligned.len() as f32)
    }

    /// The layer and head with the highest [`alignment_score`](Self::alignment_score), and that score; the first of equals.
    pub fn best_aligned_head(&self) -> Option<(usize, usize, f32)> {
        let [layers, heads, ..] = self.shape;
        (0..layers)
            .flat_map(|layer| (0..heads).map(move |head| (layer, head)))
            .filter_map(|(layer, head)| Some((layer, head, self.alignment_score(layer, head)?)))
            .reduce(|best, next| if next.2 > best.2 { next } else { best })
    }
}
