use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

/// The most likely tokens of one example at every depth and position, with their probabilities, the likeliest first:
/// `[depth][position]`.
pub type TopTokens = Vec<Vec<Vec<(usize, f64)>>>;

/// The most likely tokens, `most` of them, of the first row of each of these logits. Of equally likely ones the first in the vocabulary
/// comes first.
///
/// # Shapes
///
/// - by_layer: each `[batch_size, seq_length, vocab_size]`
pub fn top_tokens(by_layer: &[Tensor<3>], most: usize) -> TopTokens {
    let of_depth = |logits: &Tensor<3>| {
        let [_, seq_length, vocab_size] = logits.dims();
        let probabilities: Vec<f32> = softmax(logits.clone().narrow(0, 0, 1), 2).into_data().iter().collect();
        let of_position = |position: usize| {
            let mut tokens: Vec<(usize, f64)> = probabilities[position * vocab_size..][..vocab_size]
                .iter()
                .map(|p| f64::from(*p))
                .enumerate()
                .collect();
            tokens.sort_by(|(_, a), (_, b)| b.total_cmp(a));
            tokens.truncate(most);
            tokens
        };
        (0..seq_length).map(of_position).collect()
    };
    by_layer.iter().map(of_depth).collect()
}
