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
        ("bert", Option("drop_every_second_layer", json!(true)), "unknown option 'drop_every_second_layer' (true)"),
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
fn of_scores() {
    let function = |name: &str| json!(format!("torch.nn.modules.activation.{name}"));
    check([
        ("heads/bert-label", Option("problem_type", json!("ranking")), "unknown option 'problem_type' (ranking)"),
        (
            "heads/bert-score",
            Option("sbert_ce_default_activation_function", function("Tanh")),
            "unknown option 'sbert_ce_default_activation_function' (torch.nn.modules.activation.Tanh)",
        ),
    ]);
}

/// Options that older configurations lack have the value that transformers gives them.
#[test]
fn but_not_what_older_files_lack() {
    let mut files = Files::of(&Path::new(OWN).join("vit"));
    files.change(&NoOption("qkv_bias"));
    assert!(open(files.write().path(), &device()).is_ok());
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

#[test]
fn of_gpt_neox() {
    check([
        ("gpt_neox", NoTensor("embed_out.weight"), "no tensor embed_out.weight"),
        ("gpt_neox", Halved("gpt_neox.layers.1.attention.query_key_value.weight"), "but [96, 32]"),
        ("gpt_neox", Option("rope_parameters", json!({"partial_rotary_factor": 0.4})), "cannot rotate 3 of 8"),
        ("gpt_neox", Option("rope_parameters", json!({"partial_rotary_factor": 1.5})), "cannot rotate 12 of 8"),
        ("gpt_neox", Option("rope_parameters", json!({"partial_rotary_factor": 0})), "0 is not above 0"),
        ("gpt_neox_sequential", Option("rotary_emb_base", json!(-1)), "rope_theta -1 is not above 0"),
        (
            "gpt_neox_sequential",
            Option("attention_bias", json!(true)),
            "no tensor layers.0.attention.query_key_value.bias",
        ),
    ]);
}

#[test]
fn of_llama() {
    let scaled = |parameters| Option("rope_parameters", parameters);
    check([
        ("llama", NoTensor("lm_head.weight"), "no tensor lm_head.weight"),
        ("llama", Option("num_key_value_heads", json!(3)), "4 heads of queries cannot share 3 heads"),
        ("llama", Option("num_key_value_heads", json!(0)), "cannot share 0 heads"),
        (
            "llama",
            Option("num_key_value_heads", json!(4)),
            "k_proj.weight has shape [16, 32] in the file, but [32, 32]",
        ),
        ("llama", Option("head_dim", json!(1_u64 << 63)), "4 heads of width 9223372036854775808"),
        (
            "llama",
            Option("head_dim", json!(1_u64 << 40)),
            "q_proj.weight has shape [32, 32] in the file, but [4398046511104, 32]",
        ),
        ("llama", Option("sliding_window", json!(4)), "this family has no sliding window"),
        ("llama", Option("attention_bias", json!(true)), "no tensor layers.0.self_attn.q_proj.bias"),
        ("llama", scaled(json!({"rope_type": "yarn", "factor": 2})), "rope_type \"yarn\" is not supported"),
        ("llama", scaled(json!({"rope_type": "linear"})), "rotary positions need factor"),
        ("llama", scaled(json!({"rope_type": "linear", "factor": 0})), "factor 0 is not above 0"),
        ("llama", scaled(json!({"rope_type": "default", "factor": 2})), "a factor of 2"),
        ("llama", scaled(json!({"partial_rotary_factor": 0.5})), "partial_rotary_factor is not supported"),
        ("llama", scaled(json!({"mrope_section": [1, 1]})), "unknown option 'mrope_section'"),
        (
            "llama",
            scaled(json!({"rope_type": "llama3", "factor": 2, "low_freq_factor": 4, "high_freq_factor": 4})),
            "low_freq_factor 4 is not below high_freq_factor 4",
        ),
    ]);
}

#[test]
fn of_llamas_relatives() {
    check([
        ("mistral", Option("sliding_window", json!(0)), "a sliding window of no token"),
        ("mistral", Option("layer_types", json!(["full_attention", "sliding_attention"])), "contradict each other"),
        (
            "qwen2",
            Option("layer_types", json!(["full_attention", "sliding_attention"])),
            "use_sliding_window is not true",
        ),
        ("qwen2", Option("layer_types", json!(["full_attention"])), "1 layer_types for 2 layers"),
        ("qwen2", Option("layer_types", json!(["full_attention", "chunked_attention"])), "unknown variant"),
        ("qwen2", NoTensor("model.layers.0.self_attn.k_proj.bias"), "no tensor layers.0.self_attn.k_proj.bias"),
        ("qwen2", NewTensor("model.layers.0.self_attn.q_norm.weight"), "which its family does not have"),
        ("qwen3", NoTensor("model.layers.1.self_attn.q_norm.weight"), "no tensor layers.1.self_attn.q_norm.weight"),
        ("qwen3", NoOption("head_dim"), "q_proj.weight has shape [48, 32] in the file, but [512, 32]"),
        (
            "qwen3_window",
            Option("layer_types", json!(["full_attention", "sliding_attention"])),
            "a sliding window in 1 of 2 layers is not supported",
        ),
    ]);
}

#[test]
fn of_opt() {
    check([
        ("opt", NoTensor("model.decoder.final_layer_norm.weight"), "no tensor final_layer_norm.weight"),
        ("opt", Option("do_layer_norm_before", json!(false)), "final_layer_norm.bias, which its family does not have"),
        ("opt", Option("max_position_embeddings", json!(u64::MAX)), "embed_positions.weight has shape [66, 32]"),
        ("opt", Option("word_embed_proj_dim", json!(16)), "embed_tokens.weight has shape [50, 32] in the file"),
        ("opt", Option("layer_norm_elementwise_affine", json!(false)), "false is not supported, only true"),
        ("opt_350m", NoTensor("model.decoder.project_in.weight"), "no tensor project_in.weight"),
    ]);
}

#[test]
fn of_t5() {
    let bias = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
    check([
        ("t5", NoTensor(bias), "no tensor encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"),
        ("t5", Option("relative_attention_num_buckets", json!(3)), "distances up to 16 do not fit 3 buckets"),
        ("t5", Option("relative_attention_max_distance", json!(4)), "distances up to 4 do not fit 8 buckets"),
        ("t5", Option("d_kv", json!(0)), "4 heads cannot share a width of 0"),
        ("t5", Option("d_kv", json!(u64::MAX)), "4 heads of width 18446744073709551615"),
        ("t5", Option("num_decoder_layers", json!(0)), "at least one layer"),
        ("t5", Option("num_decoder_layers", json!(3)), "no tensor decoder.block.2.layer.0"),
        ("t5", Option("feed_forward_proj", json!("relu")), "dense_act_fn \"gelu_new\" is not supported, only \"relu\""),
        ("t5", Option("is_gated_act", json!(false)), "is_gated_act false is not supported, only true"),
    ]);
}

#[test]
fn of_encoders_with_decoders() {
    check([
        ("marian", Option("decoder_attention_heads", json!(3)), "3 heads cannot share a width of 32"),
        ("marian", Option("tie_word_embeddings", json!(false)), "tie_word_embeddings false"),
        ("marian", Option("normalize_before", json!(true)), "normalize_before true is not supported, only false"),
        ("marian", Option("share_encoder_decoder_embeddings", json!(false)), "no tensor decoder.embed_tokens.weight"),
        ("marian", NoTensor("model.shared.weight"), "no tensor shared.weight"),
        ("marian", Halved("model.shared.weight"), "shared.weight has shape [25, 32] in the file, but [50, 32]"),
        ("bart", Option("max_position_embeddings", json!(66)), "has shape [66, 32] in the file, but [68, 32]"),
        ("bart", Option("encoder_layers", json!(0)), "at least one layer"),
        ("bart", Option("normalize_embedding", json!(false)), "normalize_embedding false is not supported, only true"),
        ("bart", NewTensor("classification_head.dense.bias"), "which its family does not have"),
        (
            "whisper",
            Option("num_mel_bins", json!(80)),
            "conv1.weight has shape [32, 8, 3] in the file, but [32, 80, 3]",
        ),
        ("whisper", Option("scale_embedding", json!(true)), "scale_embedding true is not supported, only false"),
        ("whisper", NewTensor("model.decoder.layers.0.self_attn.k_proj.bias"), "which its family does not have"),
    ]);
}

#[test]
fn of_ctranslate2() {
    let golden = Path::new(OWN).join("whisper_ctranslate2");
    let whole = std::fs::read(golden.join("model.bin")).expect("it is there");
    let directory = tempfile::tempdir().expect("there is a temporary directory");
    std::fs::copy(golden.join("config.json"), directory.path().join("config.json")).expect("it can be copied");
    let error = |bytes: &[u8]| {
        std::fs::write(directory.path().join("model.bin"), bytes).expect("it can be written");
        open(directory.path(), &device()).err().map(|error| error.to_string())
    };
    assert_eq!(error(&whole), None);
    // Cut off anywhere, but among the second names at its end.
    for length in (0..whole.len() - 100).step_by(499) {
        let error = error(&whole[..length]).unwrap_or_else(|| panic!("{length} bytes are opened"));
        assert!(error.contains("model.bin") && !error.contains('\n'), "{error}");
    }
    let changed = |at: usize, to: u8| {
        let mut bytes = whole.clone();
        bytes[at] = to;
        error(&bytes)
    };
    assert!(changed(0, 5).expect("another version").contains("known is (6, \"WhisperSpec\", 3)"));
    // Whatever stands in its first bytes, no panic.
    (0..400).for_each(|at| [0, 1, 0x7f, 0xff].into_iter().for_each(|to| drop(changed(at, to))));
    let at =
        |name: &[u8]| whole.windows(name.len()).position(|window| window == name).expect("it is there") + name.len();
    let kind_of = at(b"decoder/embeddings/weight\0") + 1 + 8; // after the number of axes, and both lengths
    assert!(changed(kind_of, 1).expect("whole numbers").contains("decoder/embeddings/weight is quantised"));
    let pre_norm = at(b"decoder/pre_norm\0") + 1 + 1 + 4;
    assert!(changed(pre_norm, 0).expect("norms after").contains("pre_norm 0 is not supported, only 1"));
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
