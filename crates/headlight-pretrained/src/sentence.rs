use burn::tensor::{Bool, Tensor};

/// One vector for each sentence: the mean of what the last layer gives for its tokens, special ones included and padding not, divided by its
/// length, so that the product of two is their cosine. It is what sentence-transformers make of MiniLM and its like (Reimers and
/// Gurevych, [2019](https://arxiv.org/abs/1908.10084)), models of which the output predicts [nothing](crate::Predicts::Nothing).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use headlight_pretrained::sentence_embedding;
///
/// let device = Device::default();
/// let output = Tensor::from_data([[[1.0, 8.0], [5.0, 0.0], [9.0, 9.0]]], &device);
/// let padding = Tensor::from_data([[false, false, true]], &device);
/// let embedding = sentence_embedding(output, Some(padding)); // the mean is (3, 4), its length 5
/// assert_eq!(embedding.into_data().try_into_vec::<f32>().unwrap(), [0.6, 0.8]);
/// ```
///
/// # Shapes
///
/// - output: `[batch_size, seq_length, d_model]`
/// - padding: `[batch_size, seq_length]`, `true` where a token is padding
/// - embeddings: `[batch_size, d_model]`; 0 for a sentence of padding alone
///
/// # Panics
///
/// When the shapes do not fit together.
pub fn sentence_embedding(output: Tensor<3>, padding: Option<Tensor<2, Bool>>) -> Tensor<2> {
    let [batch_size, _, d_model] = output.dims();
    // The sum is as good as the mean: the length makes up for it.
    let sum = match padding {
        Some(padding) => output.mask_fill(padding.unsqueeze_dim::<3>(2), 0.0).sum_dim(1),
        None => output.sum_dim(1),
    };
    let sum = sum.reshape([batch_size, d_model]);
    let length = sum.clone().square().sum_dim(1).sqrt().clamp_min(f32::MIN_POSITIVE);
    sum / length
}
