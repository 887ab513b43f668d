//! Parts that several families read alike.

use burn::module::Param;
use burn::nn::{Embedding, Linear};
use burn::tensor::{Int, Tensor};
use headlight_model::{Mask, Nonlinearity, Norm, ParametersError, Tokens};

use crate::config::quotable;
use crate::error::PretrainedError;
use crate::tensors::Tensors;

/// An activation by the name that transformers gives it.
///
/// # Errors
///
/// When it is not built.
pub(crate) fn nonlinearity(name: &str) -> Result<Nonlinearity, PretrainedError> {
    match name {
        "relu" => Ok(Nonlinearity::Relu),
        "gelu" => Ok(Nonlinearity::Gelu),
        "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Nonlinearity::GeluTanh),
        "silu" | "swish" => Ok(Nonlinearity::Silu),
        other => Err(PretrainedError::Config(format!("activation '{}' is not supported", quotable(other)))),
    }
}

/// Refuses sizes that make no model.
///
/// # Errors
///
/// When there is no layer, or heads do not share the width.
pub(crate) fn check_sizes(n_layers: usize, width: usize, n_heads: usize) -> Result<(), PretrainedError> {
    if n_layers == 0 {
        return Err(PretrainedError::Config("a model has at least one layer".to_owned()));
    }
    if n_heads == 0 || width == 0 || !width.is_multiple_of(n_heads) {
        return Err(PretrainedError::Config(format!("{n_heads} heads cannot share a width of {width}")));
    }
    Ok(())
}

/// Learned positions from `first` on, `[1, seq_length, d_model]`.
///
/// # Panics
///
/// When there are not as many.
pub(crate) fn learned_positions(table: &Embedding, first: usize, seq_length: usize) -> Tensor<3> {
    let [rows, _] = table.weight.dims();
    let there = rows.saturating_sub(first);
    assert!(seq_length <= there, "a sequence of {seq_length} tokens, but positions were learned for {there}");
    table.weight.val().narrow(0, first, seq_length).unsqueeze()
}

/// The number of each token among those that are not padding, counted from 1; 0 for padding: `[batch_size, seq_length]`. A family that
/// counts so gives a token the same position wherever padding stands.
pub(crate) fn counted(tokens: &Tokens) -> Tensor<2, Int> {
    let there = match &tokens.padding {
        Some(padding) => padding.clone().bool_not().int(),
        None => tokens.ids.ones_like(),
    };
    there.clone().cumsum(1) * there
}

/// What a decoder's self-attention masks: later tokens, and padding.
pub(crate) fn causal(tokens: &Tokens) -> Mask {
    let [_, seq_length] = tokens.ids.dims();
    let causal = Mask::causal(seq_length, &tokens.ids.device());
    match tokens.padding.clone() {
        Some(padding) => causal.and(Mask::key_padding(padding)),
        None => causal,
    }
}

/// What an encoder's self-attention masks: padding.
pub(crate) fn padding(tokens: &Tokens) -> Option<Mask> {
    tokens.padding.clone().map(Mask::key_padding)
}

impl Tensors {
    /// The layer norm with γ `PREFIX.weight` and β `PREFIX.bias`, `[width]` each.
    ///
    /// # Errors
    ///
    /// As [`Tensors::get`].
    pub(crate) fn layer_norm(&mut self, prefix: &str, width: usize, epsilon: f64) -> Result<Norm, ParametersError> {
        let gamma = self.get(&format!("{prefix}.weight"), [width])?;
        let beta = self.get(&format!("{prefix}.bias"), [width])?;
        Ok(Norm::layer(gamma, Some(beta), epsilon))
    }

    /// The root-mean-square norm with γ `PREFIX.weight`, `[width]`.
    ///
    /// # Errors
    ///
    /// As [`Tensors::get`].
    pub(crate) fn rms_norm(&mut self, prefix: &str, width: usize, epsilon: f64) -> Result<Norm, ParametersError> {
        Ok(Norm::root_mean_square(self.get(&format!("{prefix}.weight"), [width])?, epsilon))
    }
}

/// One of several linear layers of equal width that are stored side by side in one: the columns from `nth · d_output` on.
pub(crate) fn share_of(packed: &Linear, nth: usize, d_output: usize) -> Linear {
    let of = |columns: Tensor<2>| columns.narrow(1, nth * d_output, d_output);
    let bias = packed.bias.as_ref().map(|bias| bias.val().narrow(0, nth * d_output, d_output));
    Linear { weight: Param::from_tensor(of(packed.weight.val())), bias: bias.map(Param::from_tensor) }
}
