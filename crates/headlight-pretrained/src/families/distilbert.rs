//! DistilBERT: Sanh et al., [DistilBERT, a distilled version of BERT: smaller, faster, cheaper and
//! lighter](https://arxiv.org/abs/1910.01108).
//!
//! BERT with half the layers, without the embedding for one of two texts and without the pooler, under other names.

use serde::Deserialize;
use serde_json::json;

use super::bert::{self, HeadPlan, LabelActivation, Layers, Names, Plan, Positions};
use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::model::{Entry, Facts, Model};
use crate::parts::nonlinearity;

pub(crate) const FAMILY: Entry = Entry {
    model_types: &["distilbert"],
    open,
    // The output layer once more, and a buffer.
    not_needed: &["vocab_projector.weight", "position_ids"],
    not_built: &["pre_classifier.", "classifier.", "qa_outputs."],
};

#[derive(Debug, Deserialize)]
struct Config {
    vocab_size: usize,
    dim: usize,
    n_layers: usize,
    n_heads: usize,
    hidden_dim: usize,
    activation: String,
    max_position_embeddings: usize,
    #[serde(flatten)]
    rest: Rest,
}

const NAMES: Names = Names {
    projection: None,
    layers: Layers::Numbered("transformer.layer"),
    query_key_value: ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
    output: "attention.out_lin",
    up_down: ["ffn.lin1", "ffn.lin2"],
    norms: ["sa_layer_norm", "output_layer_norm"],
};

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    let fixed = [
        ("is_decoder", json!(false)),
        ("tie_word_embeddings", json!(true)),
        ("tie_weights_", json!(true)),
        ("pruned_heads", json!({})),
    ];
    // Positions that began as sines are stored as learned ones are.
    config.rest.check(&fixed, &["sinusoidal_pos_embds"])?;
    let activation = nonlinearity(&config.activation)?;
    let plan = Plan {
        vocab_size: config.vocab_size,
        d_embedding: config.dim,
        d_model: config.dim,
        n_layers: config.n_layers,
        n_heads: config.n_heads,
        d_ff: config.hidden_dim,
        n_positions: config.max_position_embeddings,
        positions: Positions::Numbered,
        n_segments: 0,
        epsilon: bert::epsilon(),
        activation,
        names: NAMES,
        head: HeadPlan {
            masked_token: ["vocab_transform", "vocab_layer_norm", "vocab_projector.bias"],
            activation,
            label: ["pre_classifier", "classifier"],
            label_activation: LabelActivation::Relu,
        },
    };
    checkpoint.tensors().drop_prefix("distilbert.");
    bert::read(&plan, checkpoint)
}
