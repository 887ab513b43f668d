//! What is not the model that its family runs: one clear line each.

use std::path::Path;

use headlight_pretrained::open;
use serde_json::json;

use crate::changed::Change::{Halved, NewTensor, NoOption, NoTensor, Option, Whole};
use crate::changed::{Change, Files};
use crate::device::device;
use crate::golden::OWN;

/// A golden, what is changed in it, and how the refusal begins or goes on.
type Refused = (&'static str, Change, &'static str);

#[test]
fn of_bert() {
    check([
        ("bert", NoTensor("bert.encoder.layer.1.output.dense.weight"), "no tensor encoder.layer.1.output.dense.weight"),
        ("bert", NoTensor("cls.predictions.bias"), "no tensor cls.predictions.bias"),
        ("bert", Halved("bert.embeddings.word_embeddings.weight"), "has shape [25, 32] in the file, but [50, 32]"),
        ("bert", Whole("bert.embeddings.LayerNorm.weight"), "embeddings.LayerNorm.weight is I32"),
        ("bert", NewTensor("bert.encoder.layer.2.output.dense.bias"), "which its family does not have"),
        ("bert", NewTensor("bert.encoder.layer.0.crossattention.self.query.bias"), "which its family does not have"),
        ("bert", Option("model_type", json!("xlnet")), "model type 'xlnet' is unknown; the known ones are albert, "),
        ("bert", Option("num_attention_heads", json!(5)), "5 heads cannot share a width of 32"),
        ("bert", Option("num_attention_heads", json!(0)), "0 heads cannot share a width of 32"),
        ("bert", Option("num_hidden_layers", json!(0)), "at least one layer"),
        (
            "bert",
            Option("num_hidden_layers", json!(1)),
            "encoder.layer.1.attention.output.LayerNorm.bias, which its family",
        ),
        ("bert", Option("num_hidden_layers", json!(-1)), "invalid value: integer `-1`"),
        ("bert", Option("hidden_act", json!("mish")), "activation 'mish' is not supported"),
        ("bert", Option("position_embedding_type", json!("relative_key")), "only \"absolute\""),
        ("bert", Option("is_decoder", json!(true)), "is_decoder true is not supported, only false"),
        ("bert", Option("add_cross_attention", json!(true)), "add_cross_attention true is not supported"),
        ("bert", Option("tie_word_embeddings", json!(false)), "tie_word_embeddings false is not supported"),
        ("bert", Option("alibi", json!(true)), "unknown option 'alibi' (true)"),
        ("bert", NoOption("hidden_size"), "missing field `hidden_size`"),
    ]);
}

#[test]
fn of_berts_relatives() {
    check([
        ("roberta", Option("pad_token_id", json!(64)), "64 positions, and the first token's is 65"),
        ("roberta", NoTensor("lm_head.layer_norm.bias"), "no tensor lm_head.layer_norm.bias"),
        (
            "distilbert",
            NoTensor("distilbert.transformer.layer.0.ffn.lin1.bias"),
            "no tensor transformer.layer.0.ffn.lin1.bias",
        ),
        ("distilbert", Option("n_heads", json!(3)), "3 heads cannot share a width of 32"),
        ("albert", Option("num_hidden_groups", json!(2)), "num_hidden_groups 2 is not supported, only 1"),
        ("albert", Option("inner_group_num", json!(2)), "inner_group_num 2 is not supported, only 1"),
        ("albert", Option("num_hidden_layers", json!(1_000_000_000_000_u64)), "1000000000000 layers"),
        ("albert", Option("embedding_size", json!(32)), "has shape [50, 16] in the file, but [50, 32]"),
    ]);
}

#[test]
fn of_vit() {
    check([
        ("vit", Option("patch_size", json!(5)), "patches of 5 pixels do not fill a picture of 12"),
        ("vit", Option("patch_size", json!(0)), "patches of 0 pixels"),
        (
            "vit",
            Option("image_size", json!(16)),
            "position_embeddings has shape [1, 10, 32] in the file, but [1, 17, 32]",
        ),
        ("vit", Option("image_size", json!(1_u64 << 63)), "position_embeddings has shape"),
        ("vit", Option("num_channels", json!(1)), "projection.weight has shape [32, 3, 4, 4] in the file"),
        ("vit", Option("id2label", json!({"0": "cat"})), "id2label does not name the labels 0 … 1 of the classifier"),
        ("vit", Option("qkv_bias", json!(false)), "attention.attention.key.bias, which its family does not have"),
    ]);
}

#[test]
fn of_gpt2() {
    check([
        ("gpt2", NoTensor("transformer.wpe.weight"), "no tensor wpe.weight"),
        ("gpt2", Option("n_head", json!(3)), "3 heads cannot share a width of 32"),
        ("gpt2", Option("scale_attn_by_inverse_layer_idx", json!(true)), "true is not supported, only false"),
    ]);
}

fn check<const N: usize>(cases: [Refused; N]) {
    for (golden, change, says) in cases {
        let mut files = Files::of(&Path::new(OWN).join(golden));
        files.change(&change);
        let directory = files.write();
        let what = format!("{golden} with {change:?}");
        match open(directory.path(), &device()) {
            Ok(_) => panic!("{what} is opened"),
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains(says), "{what}: {error}");
                assert!(!error.contains('\n'), "{what}: {error}");
            }
        }
    }
}
