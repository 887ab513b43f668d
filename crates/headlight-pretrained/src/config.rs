//! `config.json`: each family says which options it knows, and whatever else might change the result is refused.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::PretrainedError;

/// What else stands in a configuration, beside the options that a family reads.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Rest(Map<String, Value>);

/// Options of training, generation and bookkeeping, which change nothing that one pass computes.
const OF_NO_EFFECT: &[&str] = &[
    "_attn_implementation_autoset",
    "_commit_hash",
    "_name_or_path",
    "_num_labels",
    "architectures",
    "attn_implementation",
    "auto_map",
    "bad_words_ids",
    "begin_suppress_tokens",
    "bos_token_id",
    "chunk_size_feed_forward",
    "custom_pipelines",
    "decoder_start_token_id",
    "diversity_penalty",
    "do_sample",
    "dtype",
    "early_stopping",
    "encoder_no_repeat_ngram_size",
    "eos_token_id",
    "eos_token_ids",
    "exponential_decay_length_penalty",
    "finetuning_task",
    "forced_bos_token_id",
    "forced_decoder_ids",
    "forced_eos_token_id",
    "gradient_checkpointing",
    "id2label",
    "init_std",
    "initializer_factor",
    "initializer_range",
    "is_decoder",
    "is_encoder_decoder",
    "label2id",
    "language",
    "length_penalty",
    "license",
    "mask_token_id",
    "max_length",
    "max_memory",
    "min_length",
    "model_type",
    "name",
    "no_repeat_ngram_size",
    "num_beam_groups",
    "num_beams",
    "num_labels",
    "num_return_sequences",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "output_scores",
    "pad_token_id",
    "prefix",
    "pretraining_tp",
    "problem_type",
    "remove_invalid_values",
    "repetition_penalty",
    "return_dict",
    "return_dict_in_generate",
    "sbert_ce_default_activation_function",
    "sentence_transformers",
    "sep_token_id",
    "suppress_tokens",
    "task_specific_params",
    "temperature",
    "tf_legacy_loss",
    "tokenizer_class",
    "top_k",
    "top_p",
    "torch_dtype",
    "torchscript",
    "transformers.js_config",
    "transformers_version",
    "typical_p",
    "use_bfloat16",
    "use_cache",
    "xla_device",
];

/// Dropout, which acts in training alone.
const DROPOUT: &[&str] = &[
    "activation_dropout",
    "attention_dropout",
    "attention_probs_dropout_prob",
    "attn_pdrop",
    "classif_dropout",
    "classifier_dropout",
    "classifier_dropout_prob",
    "decoder_layerdrop",
    "dropout",
    "dropout_rate",
    "embd_pdrop",
    "encoder_layerdrop",
    "hidden_dropout",
    "hidden_dropout_prob",
    "layerdrop",
    "qa_dropout",
    "resid_pdrop",
    "seq_classif_dropout",
    "summary_first_dropout",
];

impl Rest {
    /// Refuses what might change the result: an option of `fixed` at another value than the one that is built here, and an option that
    /// nobody knows. `null` is no value.
    ///
    /// # Errors
    ///
    /// When there is such an option.
    pub(crate) fn check(&self, fixed: &[(&str, Value)], of_no_effect: &[&str]) -> Result<(), PretrainedError> {
        for (name, value) in &self.0 {
            let known = |names: &[&str]| names.contains(&&name[..]);
            let never = ["add_cross_attention", "tie_encoder_decoder"].map(|name| (name, Value::Bool(false)));
            match fixed.iter().chain(&never).find(|(fixed, _)| fixed == name) {
                _ if value.is_null() => {}
                Some((_, only)) if only == value => {}
                Some((_, only)) => {
                    let (name, value, only) = (name.clone(), quotable(&value.to_string()), only.to_string());
                    return Err(PretrainedError::Option { name, value, only });
                }
                None if known(DROPOUT) || known(OF_NO_EFFECT) || known(of_no_effect) => {}
                None => {
                    let (name, value) = (quotable(name), quotable(&value.to_string()));
                    return Err(PretrainedError::UnknownOption { name, value });
                }
            }
        }
        Ok(())
    }
}

/// What a file says, as a part of one line: not longer than a line, and without characters that a terminal would obey.
pub(crate) fn quotable(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut quotable = String::new();
    for (nth, char) in text.chars().enumerate() {
        match char {
            _ if nth == LONGEST => return quotable + "…",
            '"' | '\'' | '\\' => quotable.push(char),
            char => quotable.extend(char.escape_debug()),
        }
    }
    quotable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_is_one_short_line() {
        assert_eq!(quotable("[\"naïve\", 'ü']"), "[\"naïve\", 'ü']");
        assert_eq!(quotable("a\n\u{1b}[31m\u{202e}b"), "a\\n\\u{1b}[31m\\u{202e}b");
        assert_eq!(quotable(&"9".repeat(1000)), "9".repeat(60) + "…");
    }
}
