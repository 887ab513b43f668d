use std::ops::Range;

use burn::tensor::kind::Basic;
use burn::tensor::{Bool, Device, Int, Tensor};
use headlight_flex::MaskTensors;

use crate::alibi::biases_of;

/// Which keys a query may not see, and what is added to the scores of those that it may.
///
/// `true` means *masked*, as in Burn and in PyTorch's `key_padding_mask`. PyTorch's `scaled_dot_product_attention` and
/// ONNX mean the opposite. Masks combine with [`and`](Self::and): what either masks is masked, what both add is summed.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use headlight_model::Mask;
///
/// let device = Device::default();
/// let padding = Tensor::from_data([[false, false, true]], &device); // the third key is no token
/// let mask = Mask::causal(3, &device).and(Mask::key_padding(padding));
/// assert_eq!(mask.masked().dims(), [1, 1, 3, 3]);
/// ```
#[derive(Clone, Debug)]
pub struct Mask {
    /// The length of a causal mask, which is not written out before somebody asks for it: it has a cell for each pair of tokens.
    causal: Option<(usize, Device)>,
    masked: Option<Tensor<4, Bool>>,
    added: Option<Tensor<4>>,
}

impl Mask {
    /// A decoder's mask: query `i` sees the keys `0..=i`.
    ///
    /// # Shapes
    ///
    /// - mask: `[1, 1, seq_length, seq_length]`
    pub fn causal(seq_length: usize, device: &Device) -> Self {
        Self { causal: Some((seq_length, device.clone())), masked: None, added: None }
    }

    /// Masks keys further back than `window` tokens, the query itself counted: sliding-window attention (Beltagy, Peters and Cohan,
    /// [2020](https://arxiv.org/abs/2004.05150)), together with a [causal](Self::causal) mask.
    ///
    /// # Shapes
    ///
    /// - mask: `[1, 1, seq_length, seq_length]`
    pub fn window(seq_length: usize, window: usize, device: &Device) -> Self {
        // Burn's triangular masks are true where a triangle is cut away: here the cells with query − key ≥ window.
        let kept = Tensor::<2, Bool>::triu_mask([seq_length, seq_length], 1 - window as i64, device);
        Self::boolean(kept.unsqueeze())
    }

    /// Masks keys that are padding, for every query.
    ///
    /// # Shapes
    ///
    /// - padding: `[batch_size, keys]`, `true` where the key is padding
    pub fn key_padding(padding: Tensor<2, Bool>) -> Self {
        Self::boolean(padding.unsqueeze_dims(&[1, 1]))
    }

    /// Masks wherever `masked` is true.
    ///
    /// # Shapes
    ///
    /// - masked: broadcastable to `[batch_size, n_heads, queries, keys]`
    pub fn boolean(masked: Tensor<4, Bool>) -> Self {
        Self { causal: None, masked: Some(masked), added: None }
    }

    /// Adds to the scaled scores; −∞ masks.
    ///
    /// # Shapes
    ///
    /// - added: broadcastable to `[batch_size, n_heads, queries, keys]`
    ///
    /// # Panics
    ///
    /// When a number is NaN or +∞, neither of which leaves a softmax that is a distribution.
    pub fn additive(added: Tensor<4>) -> Self {
        let nonsense = added.clone().is_nan().bool_or(added.clone().equal_elem(f32::INFINITY));
        assert!(!nonsense.any().into_scalar::<bool>(), "an additive mask holds finite numbers and −∞, not NaN or +∞");
        let masked = added.clone().equal_elem(f32::NEG_INFINITY);
        // Masked cells add 0, so that sums of masks stay finite; apply() masks them afterwards.
        let added = added.mask_fill(masked.clone(), 0.0);
        Self { causal: None, masked: Some(masked), added: Some(added) }
    }

    /// Takes from each score in proportion to the distance between query and key, each head by its own slope; masks nothing. For
    /// a decoder's self-attention, together with a [causal](Self::causal) mask: see [`alibi_biases`](crate::alibi_biases).
    ///
    /// # Shapes
    ///
    /// - mask: `[1, n_heads, seq_length, seq_length]`
    ///
    /// # Panics
    ///
    /// When `n_heads` is 0.
    pub fn alibi(n_heads: usize, seq_length: usize, device: &Device) -> Self {
        Self::alibi_of(n_heads, 0..seq_length, device)
    }

    /// The rows of [`alibi`](Self::alibi) of these queries, the last of which is at the last key.
    pub(crate) fn alibi_of(n_heads: usize, queries: Range<usize>, device: &Device) -> Self {
        Self { causal: None, masked: None, added: Some(biases_of(n_heads, queries, device).unsqueeze()) }
    }

    /// This mask and `other` together: boolean parts combine by OR, additive parts by sum.
    ///
    /// # Panics
    ///
    /// When the two shapes cannot be broadcast to one.
    pub fn and(self, other: Self) -> Self {
        broadcast(self.dims(), other.dims()); // panics where they do not fit
        let masked = match (self.masked, other.masked) {
            (Some(left), Some(right)) => Some(either(left, right)),
            (left, right) => left.or(right),
        };
        let added = match (self.added, other.added) {
            (Some(left), Some(right)) => Some(left + right),
            (left, right) => left.or(right),
        };
        // Two causal masks of unequal length do not broadcast, except that of a single token, which masks nothing.
        let causal = match (self.causal, other.causal) {
            (Some(left), Some(right)) => Some(if left.0 > right.0 { left } else { right }),
            (left, right) => left.or(right),
        };
        Self { causal, masked, added }
    }

    /// The mask of two that may be absent.
    pub(crate) fn both(left: Option<Self>, right: Option<Self>) -> Option<Self> {
        match (left, right) {
            (Some(left), Some(right)) => Some(left.and(right)),
            (left, right) => left.or(right),
        }
    }

    /// Masks one cell for every sequence: `[head, query, key]` among `[n_heads, queries, keys]`.
    ///
    /// # Panics
    ///
    /// When there is no such cell.
    pub(crate) fn edge(scores: [usize; 3], [head, query, key]: [usize; 3], device: &Device) -> Self {
        let [n_heads, queries, keys] = scores;
        assert!(
            head < n_heads && query < queries && key < keys,
            "a cut edge at head {head}, query {query}, key {key}, and there are {n_heads} heads, {queries} queries, {keys} keys"
        );
        let nothing = Tensor::<4, Bool>::full([1, n_heads, queries, keys], false, device);
        let cut = Tensor::full([1; 4], true, device);
        Self::boolean(nothing.slice_assign([0..1, head..head + 1, query..query + 1, key..key + 1], cut))
    }

    /// 1 where one head sees a key and 0 where it is masked, for scores of the shape `[batch_size, n_heads, queries, keys]`.
    ///
    /// # Shapes
    ///
    /// - visible: `[batch_size, 1, queries, keys]`
    pub(crate) fn visible(&self, head: usize, scores: [usize; 4]) -> Tensor<4> {
        self.masked().expand(scores).narrow(1, head, 1).bool_not().float()
    }

    /// The boolean part: `true` is masked.
    ///
    /// # Shapes
    ///
    /// - masked: each axis as in `[batch_size, n_heads, queries, keys]`, or 1
    pub fn masked(&self) -> Tensor<4, Bool> {
        self.masked_cells().unwrap_or_else(|| {
            let device = self.added.as_ref().expect("a mask masks or adds something").device();
            Tensor::full([1; 4], false, &device)
        })
    }

    /// The boolean part, of a mask that has one.
    fn masked_cells(&self) -> Option<Tensor<4, Bool>> {
        let causal = self.causal.as_ref().map(|(seq_length, device)| {
            // Burn's triangular masks are true where a triangle is *cut away*: this one keeps the lower triangle.
            Tensor::<2, Bool>::tril_mask([*seq_length, *seq_length], 0, device).unsqueeze()
        });
        match (causal, self.masked.clone()) {
            (Some(causal), Some(masked)) => Some(either(masked, causal)),
            (causal, masked) => causal.or(masked),
        }
    }

    /// Adds what there is to add, and gives every masked score −∞.
    ///
    /// # Shapes
    ///
    /// - scores: `[batch_size, n_heads, queries, keys]`, before and after
    ///
    /// # Panics
    ///
    /// When the mask cannot be broadcast to the scores.
    pub fn apply(&self, scores: Tensor<4>) -> Tensor<4> {
        let shape = scores.dims();
        self.check_broadcasts_to(shape);
        let scores = match &self.added {
            Some(added) => scores + added.clone(),
            None => scores,
        };
        match self.masked_cells() {
            Some(masked) => scores.mask_fill(masked.expand(shape), f32::NEG_INFINITY),
            None => scores,
        }
    }

    /// The rows of the last queries, for a pass over these alone with all of the keys; `None` where they see everything.
    ///
    /// # Shapes
    ///
    /// - mask, before: broadcastable to `[batch_size, n_heads, keys, keys]`
    /// - mask, after: broadcastable to `[batch_size, n_heads, queries, keys]`
    ///
    /// # Panics
    ///
    /// When there are not as many queries.
    pub fn of_last_queries(self, queries: usize) -> Option<Self> {
        // Of a causal mask the last query sees all.
        let causal = match self.causal {
            Some((keys, device)) if queries == keys => Some(Self::causal(keys, &device)),
            Some((keys, device)) if queries > 1 => {
                let cells = Tensor::<2, Bool>::tril_mask([queries, keys], (keys - queries) as i64, &device);
                Some(Self::boolean(cells.unsqueeze()))
            }
            _ => None,
        };
        let masked = self.masked.map(|masked| last_queries(masked, queries));
        let added = self.added.map(|added| last_queries(added, queries));
        let others = masked.is_some() || added.is_some();
        Self::both(causal, others.then_some(Self { causal: None, masked, added }))
    }

    /// The mask of these sequences of the batch, for a mask that tells sequences apart; another stays as it is.
    pub(crate) fn select(self, rows: &Tensor<1, Int>) -> Self {
        let masked = self.masked.map(|masked| select_sequences(masked, rows));
        let added = self.added.map(|added| select_sequences(added, rows));
        Self { masked, added, ..self }
    }

    /// The parts of the mask as the kernels take them, for scores of this shape.
    ///
    /// # Panics
    ///
    /// When the mask cannot be broadcast to it.
    pub fn tensors(&self, scores: [usize; 4]) -> MaskTensors<'_> {
        self.check_broadcasts_to(scores);
        // A causal mask of one token masks nothing, however far it is broadcast.
        let causal = self.causal.as_ref().is_some_and(|(seq_length, _)| *seq_length > 1);
        MaskTensors { causal, masked: self.masked.as_ref(), added: self.added.as_ref() }
    }

    /// What is added to the scores, if anything.
    pub fn added(&self) -> Option<&Tensor<4>> {
        self.added.as_ref()
    }

    /// # Panics
    ///
    /// When the mask cannot be broadcast to scores of this shape.
    pub(crate) fn check_broadcasts_to(&self, scores: [usize; 4]) {
        assert_eq!(broadcast(self.dims(), scores), scores, "the mask has more rows or columns than the scores");
    }

    /// The shape that scores need at least, each axis as theirs or 1.
    fn dims(&self) -> [usize; 4] {
        let causal = self.causal.as_ref().map(|(seq_length, _)| [1, 1, *seq_length, *seq_length]);
        let masked = self.masked.as_ref().map(Tensor::dims);
        let added = self.added.as_ref().map(Tensor::dims);
        [causal, masked, added].into_iter().flatten().fold([1; 4], broadcast)
    }
}

/// Masked by the one or the other.
fn either(left: Tensor<4, Bool>, right: Tensor<4, Bool>) -> Tensor<4, Bool> {
    let shape = broadcast(left.dims(), right.dims());
    left.expand(shape).bool_or(right.expand(shape))
}

/// The cells of the last queries, where each query has cells of its own.
fn last_queries<K: Basic>(cells: Tensor<4, K>, queries: usize) -> Tensor<4, K> {
    match cells.dims() {
        [_, _, 1, _] => cells,
        [_, _, rows, _] => cells.narrow(2, rows - queries, queries),
    }
}

/// These sequences' cells, where each sequence has cells of its own.
fn select_sequences<K: Basic>(cells: Tensor<4, K>, rows: &Tensor<1, Int>) -> Tensor<4, K> {
    match cells.dims() {
        [1, ..] => cells,
        _ => cells.select(0, rows.clone()),
    }
}

fn broadcast(left: [usize; 4], right: [usize; 4]) -> [usize; 4] {
    std::array::from_fn(|axis| match (left[axis], right[axis]) {
        (1, size) | (size, 1) => size,
        (size, other) => {
            assert_eq!(size, other, "shapes {left:?} and {right:?} do not broadcast: axis {axis} differs");
            size
        }
    })
}
