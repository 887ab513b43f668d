use burn::nn::{Embedding, Linear};
use burn::tensor::{Tensor, activation};
use headlight_model::{Nonlinearity, Norm, Unembedding};
use serde_json::{Map, Value};

use crate::error::PretrainedError;
use crate::tensors::{Bias, Tensors};

/// What follows the last block. Which it is say the tensors that are there.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a model has one")]
pub(in crate::families) enum Head {
    /// At each position the token that stands there: a layer, its norm, and the token embedding as the output layer.
    MaskedToken { dense: Linear, activation: Nonlinearity, norm: Norm, bias: Tensor<1> },
    /// The label of the whole, read at the first position: a layer and the classifier. The layer is the paper's pooler.
    Label { dense: Linear, activation: LabelActivation, classifier: Linear },
    /// Nothing: it hands out what the last block gives.
    Nothing,
}

/// What the heads of a family are like.
#[derive(Clone, Copy, Debug)]
pub(in crate::families) struct HeadPlan {
    /// What the tensors of the head for masked tokens are called: the layer, its norm, and the bias of the output.
    pub(in crate::families) masked_token: [&'static str; 3],
    /// Of that layer.
    pub(in crate::families) activation: Nonlinearity,
    /// What those of the head for labels are called: the layer, and the classifier.
    pub(in crate::families) label: [&'static str; 2],
    /// Of that layer.
    pub(in crate::families) label_activation: LabelActivation,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::families) enum LabelActivation {
    Tanh,
    Relu,
}

/// What a classifier of a model is about. Its layers have the same names, and often the same shapes, whatever that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Classifies {
    /// The whole text, by its first token.
    Sequences,
    /// Each token, or answers to choose from: heads that are not built.
    Others,
}

impl Classifies {
    /// As `architectures` in `config.json` says; without it, sequences.
    pub(super) fn of(config: &Map<String, Value>) -> Self {
        let names = config.get("architectures").and_then(Value::as_array);
        let mut names = names.into_iter().flatten().filter_map(Value::as_str);
        let is_other =
            |name: &str| ["ForTokenClassification", "ForMultipleChoice"].iter().any(|end| name.ends_with(end));
        if names.any(is_other) { Self::Others } else { Self::Sequences }
    }
}

impl Head {
    /// `epsilon` is the norm's.
    pub(super) fn read(
        plan: HeadPlan,
        tokens: &Embedding,
        d_model: usize,
        epsilon: f64,
        classifies: Classifies,
        tensors: &mut Tensors,
    ) -> Result<Self, PretrainedError> {
        let HeadPlan { masked_token, activation, label, label_activation } = plan;
        let [vocab_size, d_embedding] = tokens.weight.dims();
        let has = |tensors: &Tensors, layer: &str| tensors.has(&format!("{layer}.weight"));

        let [dense, norm, bias] = masked_token;
        if has(tensors, dense) {
            let dense = tensors.linear(dense, [d_model, d_embedding], Bias::With)?;
            let norm = tensors.layer_norm(norm, d_embedding, epsilon)?;
            return Ok(Self::MaskedToken { dense, activation, norm, bias: tensors.get(bias, [vocab_size])? });
        }
        let [dense, classifier] = label;
        if classifies == Classifies::Sequences && has(tensors, dense) && has(tensors, classifier) {
            let n_labels = tensors.rows(&format!("{classifier}.weight"))?;
            let dense = tensors.linear(dense, [d_model, d_model], Bias::With)?;
            let classifier = tensors.linear(classifier, [d_model, n_labels], Bias::With)?;
            return Ok(Self::Label { dense, activation: label_activation, classifier });
        }
        Ok(Self::Nothing)
    }

    /// # Shapes
    ///
    /// - output: `[batch_size, seq_length, d_model]`
    /// - logits: `[batch_size, seq_length, vocab_size]`, or of labels
    pub(super) fn logits(&self, output: Tensor<3>, tokens: &Embedding) -> Tensor<3> {
        match self {
            Self::MaskedToken { dense, activation, norm, bias } => {
                let x = norm.forward(activation.forward(dense.forward(output)));
                Unembedding { weight: tokens.weight.val().transpose(), bias: Some(bias.clone()) }.logits(x)
            }
            Self::Label { dense, activation, classifier } => {
                let x = dense.forward(output);
                classifier.forward(match activation {
                    LabelActivation::Tanh => x.tanh(),
                    LabelActivation::Relu => activation::relu(x),
                })
            }
            Self::Nothing => output,
        }
    }
}
