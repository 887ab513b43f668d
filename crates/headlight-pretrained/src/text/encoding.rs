/// A text as a model reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// The number of each token in the vocabulary, special tokens included.
    pub ids: Vec<usize>,
    /// Which text each token belongs to, as the model's token-type embedding counts: 0, and 1 for BERT's second text. Kinds
    /// that don't tell their texts apart, such as RoBERTa's, give 0 for both.
    pub segments: Vec<usize>,
    /// Whether each token stands around the texts, as `[SEP]` does, and is not of one.
    pub around: Vec<bool>,
}

/// At which end a text that is too long is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    First,
    Last,
}

impl Encoding {
    /// At most so many tokens: those of the text are left out from one end on, and the special tokens around it stay. Where not even they have
    /// room, they are cut as well.
    pub(super) fn cut(self, most: usize, side: Side) -> Self {
        let of_text: Vec<usize> = (0..self.ids.len()).filter(|at| !self.around[*at]).collect();
        let excess = self.ids.len().saturating_sub(most).min(of_text.len());
        let left_out = match side {
            Side::First => &of_text[..excess],
            Side::Last => &of_text[of_text.len() - excess..],
        };
        let kept: Vec<usize> =
            (0..self.ids.len()).filter(|at| left_out.binary_search(at).is_err()).take(most).collect();
        Self {
            ids: kept.iter().map(|at| self.ids[*at]).collect(),
            segments: kept.iter().map(|at| self.segments[*at]).collect(),
            around: kept.iter().map(|at| self.around[*at]).collect(),
        }
    }
}
