/// A text as a model reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// The number of each token in the vocabulary, special tokens included.
    pub ids: Vec<usize>,
    /// Which text each token belongs to, as the model's token-type embedding counts: 0, and 1 for BERT's second text. Kinds
    /// that don't tell their texts apart, such as RoBERTa's, give 0 for both.
    pub segments: Vec<usize>,
}
