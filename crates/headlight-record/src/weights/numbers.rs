/// Attention weights from a file: numbers, and tokens where the file has them. Nothing is known of them but their count.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// `[layers, heads, queries, keys]`.
    pub shape: [usize; 4],
    /// All numbers, row-major.
    pub values: Vec<f32>,
    /// The tokens at the queries, where the file says.
    pub query_tokens: Option<Vec<String>>,
    /// The tokens at the keys, where the file says.
    pub key_tokens: Option<Vec<String>>,
}
