use burn::tensor::{Bool, Device, Tensor};

/// Which keys a query may not see, and what is added to the scores of those that it may.
///
/// `true` means *hidden*, as in Burn and in PyTorch's `key_padding_mask`. PyTorch's `scaled_dot_product_attention` and
/// ONNX mean the opposite. Masks combine with [`and`](Self::and): what either hides is hidden, what both add is summed.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use headlight_model::Mask;
///
/// let device = Device::default();
/// let padding = Tensor::from_data([[false, false, true]], &device); // the third key is no token
/// let mask = Mask::causal(3, &device).and(Mask::key_padding(padding));
/// assert_eq!(mask.hidden().dims(), [1, 1, 3, 3]);
/// ```
#[derive(Clone, Debug)]
pub struct Mask {
    hidden: Tensor<4, Bool>,
    added: Option<Tensor<4>>,
}

impl Mask {
    /// A decoder's mask: query `i` sees the keys `0..=i`.
    ///
    /// # Shapes
    ///
    /// - mask: `[1, 1, seq_length, seq_length]`
    pub fn causal(seq_length: usize, device: &Device) -> Self {
        // Burn's triangular masks are true where a triangle is *cut away*: this one keeps the lower triangle.
        let hidden = Tensor::<2, Bool>::tril_mask([seq_length, seq_length], 0, device);
        Self::boolean(hidden.unsqueeze())
    }

    /// Hides keys that are padding from every query.
    ///
    /// # Shapes
    ///
    /// - padding: `[batch_size, keys]`, `true` where the key is padding
    pub fn key_padding(padding: Tensor<2, Bool>) -> Self {
        Self::boolean(padding.unsqueeze_dims(&[1, 1]))
    }

    /// Hides wherever `hidden` is true.
    ///
    /// # Shapes
    ///
    /// - hidden: broadcastable to `[batch_size, n_heads, queries, keys]`
    pub fn boolean(hidden: Tensor<4, Bool>) -> Self {
        Self { hidden, added: None }
    }

    /// Adds to the scaled scores; −∞ hides.
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
        let hidden = added.clone().equal_elem(f32::NEG_INFINITY);
        // Hidden cells add 0, so that sums of masks stay finite; apply() hides them afterwards.
        let added = added.mask_fill(hidden.clone(), 0.0);
        Self { hidden, added: Some(added) }
    }

    /// This mask and `other` together: boolean parts combine by OR, additive parts by sum.
    ///
    /// # Panics
    ///
    /// When the two shapes cannot be broadcast to one.
    pub fn and(self, other: Self) -> Self {
        let shape = broadcast(self.hidden.dims(), other.hidden.dims());
        let hidden = self.hidden.expand(shape).bool_or(other.hidden.expand(shape));
        let added = match (self.added, other.added) {
            (Some(left), Some(right)) => Some(left + right),
            (left, right) => left.or(right),
        };
        Self { hidden, added }
    }

    /// The boolean part: `true` is hidden.
    ///
    /// # Shapes
    ///
    /// - hidden: each axis as in `[batch_size, n_heads, queries, keys]`, or 1
    pub fn hidden(&self) -> Tensor<4, Bool> {
        self.hidden.clone()
    }

    /// Adds what there is to add, and gives every hidden score −∞.
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
        assert_eq!(broadcast(self.hidden.dims(), shape), shape, "the mask has more rows or columns than the scores");
        let scores = match &self.added {
            Some(added) => scores + added.clone(),
            None => scores,
        };
        scores.mask_fill(self.hidden.clone().expand(shape), f32::NEG_INFINITY)
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
