//! RoBERTa: Liu et al., [RoBERTa: A Robustly Optimized BERT Pretraining Approach](https://arxiv.org/abs/1907.11692); XLM-RoBERTa (Conneau et
//! al., [2020](https://arxiv.org/abs/1911.02116)) and CamemBERT (Martin et al., [2020](https://arxiv.org/abs/1911.03894)) are the same.
//!
//! BERT, but positions begin after the number of the padding token, and padding keeps that one.

use headlight_model::Nonlinearity;

use super::bert::{self, HeadPlan, LabelActivation, Positions};
use crate::checkpoint::Checkpoint;
use crate::error::PretrainedError;
use crate::model::{Entry, Facts, Model};

pub(crate) const FAMILY: Entry = Entry {
    model_types: &["roberta", "xlm-roberta", "camembert"],
    open,
    not_needed: &["pooler.", "lm_head.decoder.", "position_ids"],
    not_built: &["classifier.", "qa_outputs."],
};

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: bert::Config = checkpoint.config_as()?;
    let head = HeadPlan {
        masked_token: ["lm_head.dense", "lm_head.layer_norm", "lm_head.bias"],
        activation: Nonlinearity::Gelu,
        label: ["classifier.dense", "classifier.out_proj"],
        label_activation: LabelActivation::Tanh,
    };
    checkpoint.tensors().drop_prefix("roberta.");
    let plan = config.plan(Positions::Counted { padding: config.pad_token_id.unwrap_or(1) }, head)?;
    bert::read(&plan, checkpoint)
}
