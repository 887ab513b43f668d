//! ALBERT: Lan et al., [ALBERT: A Lite BERT for Self-supervised Learning of Language Representations](https://arxiv.org/abs/1909.11942).
//!
//! BERT with the same parameters in all layers, and an embedding of fewer dimensions, which one layer projects to d_model.

use serde::Deserialize;
use serde_json::json;

use super::bert::{self, HeadPlan, LabelActivation, Layers, Names, Plan, Positions};
use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::model::{Entry, Facts, Model};
use crate::parts::nonlinearity;

pub(crate) const FAMILY: Entry = Entry {
    model_types: &["albert"],
    open,
    // What heads for labels read, the output layer once more, and a buffer.
    not_needed: &["pooler.", "predictions.decoder.", "position_ids"],
    not_built: &["sop_classifier.", "classifier.", "qa_outputs."],
};

/// No published model has as many layers. As they share their parameters, the file doesn't say how many there can be.
const MOST_LAYERS: usize = 1000;

#[derive(Debug, Deserialize)]
struct Config {
    vocab_size: usize,
    embedding_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: String,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    #[serde(default = "bert::epsilon")]
    layer_norm_eps: f64,
    #[serde(flatten)]
    rest: Rest,
}

const NAMES: Names = Names {
    projection: Some("encoder.embedding_hidden_mapping_in"),
    layers: Layers::Shared("encoder.albert_layer_groups.0.albert_layers.0"),
    query_key_value: ["attention.query", "attention.key", "attention.value"],
    output: "attention.dense",
    up_down: ["ffn", "ffn_output"],
    norms: ["attention.LayerNorm", "full_layer_layer_norm"],
};

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    let fixed = [
        ("position_embedding_type", json!("absolute")),
        ("is_decoder", json!(false)),
        ("tie_word_embeddings", json!(true)),
        ("pruned_heads", json!({})),
        ("num_hidden_groups", json!(1)),
        ("inner_group_num", json!(1)),
        // Of the authors' own code; transformers builds nothing for them.
        ("down_scale_factor", json!(1)),
        ("gap_size", json!(0)),
        ("net_structure_type", json!(0)),
        ("num_memory_blocks", json!(0)),
    ];
    config.rest.check(&fixed, &[])?;
    if config.num_hidden_layers > MOST_LAYERS {
        let n_layers = config.num_hidden_layers;
        return Err(PretrainedError::Config(format!("{n_layers} layers, and {MOST_LAYERS} are supported")));
    }
    let activation = nonlinearity(&config.hidden_act)?;
    let plan = Plan {
        vocab_size: config.vocab_size,
        d_embedding: config.embedding_size,
        d_model: config.hidden_size,
        n_layers: config.num_hidden_layers,
        n_heads: config.num_attention_heads,
        d_ff: config.intermediate_size,
        n_positions: config.max_position_embeddings,
        positions: Positions::Numbered,
        n_segments: config.type_vocab_size,
        epsilon: config.layer_norm_eps,
        activation,
        names: NAMES,
        head: HeadPlan {
            masked_token: ["predictions.dense", "predictions.LayerNorm", "predictions.bias"],
            activation,
            label: ["pooler", "classifier"],
            label_activation: LabelActivation::Tanh,
        },
    };
    checkpoint.tensors().drop_prefix("albert.");
    bert::read(&plan, checkpoint)
}
