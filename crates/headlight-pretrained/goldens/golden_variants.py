#!/usr/bin/env python3
"""Variants of the families of golden_families.py, each with a choice that its first golden does not have.

    python golden_variants.py OUT [--larger]      (torch, transformers 5, safetensors; makes those of golden_families.py, too)
"""
import json, os
from golden_families import *

def old_options(name, change):
    """Options as transformers 4 wrote them."""
    path = os.path.join(OUT, name, "config.json")
    config = json.load(open(path)); change(config)
    json.dump(config, open(path, "w"), indent=2)

def gpt_neox_sequential():
    case("gpt_neox_sequential", draw(T.GPTNeoXForCausalLM(T.GPTNeoXConfig(**base, max_position_embeddings=64, rotary_pct=0.5, rotary_emb_base=500, use_parallel_residual=False, attention_bias=False, hidden_act="gelu_fast")), S + 30), dict(input_ids=X, attention_mask=M), "attention before the feed-forward layer, another base, options of transformers 4")
    def change(c): del c["rope_parameters"]; c.update(rotary_pct=0.5, rotary_emb_base=500)
    old_options("gpt_neox_sequential", change)
def llama_3_1():
    rope = dict(rope_type="llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)
    case("llama_3_1", draw(T.LlamaForCausalLM(T.LlamaConfig(**base, num_key_value_heads=1, max_position_embeddings=64, attention_bias=True, mlp_bias=True, tie_word_embeddings=True, rope_parameters=dict(rope, rope_theta=50.0))), S + 31), dict(input_ids=X, attention_mask=M), "slow pairs stretched, one of them partly, and a fast one left; all biases; one head of keys and values; options of transformers 4")
    def change(c): del c["rope_parameters"]; c.update(rope_scaling=rope, rope_theta=50.0)
    old_options("llama_3_1", change)
def llama_linear():
    case("llama_linear", draw(T.LlamaForCausalLM(T.LlamaConfig(**base, max_position_embeddings=64, rope_parameters=dict(rope_type="linear", factor=3.0, rope_theta=10000.0))), S + 32), dict(input_ids=X), "all pairs stretched, as many heads of keys and values as of queries")
    def change(c): del c["rope_parameters"]; c.update(rope_scaling=dict(type="linear", factor=3.0))
    old_options("llama_linear", change)
def qwen3_window():
    case("qwen3_window", draw(T.Qwen3ForCausalLM(T.Qwen3Config(**base, num_key_value_heads=2, head_dim=6, max_position_embeddings=64, use_sliding_window=True, sliding_window=3, max_window_layers=0, attention_bias=True)), S + 33), dict(input_ids=X), "a window in all layers, narrow heads with biases")
def opt_350m():
    c = T.OPTConfig(hidden_size=D, word_embed_proj_dim=D // 2, num_attention_heads=H, num_hidden_layers=L, ffn_dim=F, vocab_size=V, max_position_embeddings=64, dropout=0.0, do_layer_norm_before=False)
    # Padding between tokens, too: positions are counted without it.
    m = M.clone(); m[0, 3:5] = 0
    case("opt_350m", draw(T.OPTForCausalLM(c), S + 34), dict(input_ids=X, attention_mask=m), "norms after each part, tokens narrower than the stream, padding")
def t5_1_0():
    c = T.T5Config(vocab_size=V, d_model=D, d_kv=4, d_ff=F, num_layers=L, num_decoder_layers=L + 1, num_heads=H, dropout_rate=0.0, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
    case("t5_1_0", draw(T.T5ForConditionalGeneration(c), S + 35), dict(input_ids=X, attention_mask=M, decoder_input_ids=Y, decoder_attention_mask=padded(2, N - 2, N - 4)), "ReLU without a gate, a decoder deeper than its encoder, a padded target")
def flan_t5():
    c = T.T5Config(vocab_size=V, d_model=D, d_kv=D // H, d_ff=F, num_layers=L, num_heads=H, dropout_rate=0.0, relative_attention_num_buckets=8, relative_attention_max_distance=16, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    model = T.T5ForConditionalGeneration(c)
    # transformers 5 ties the output layer of a new model; those that were trained have another.
    model.lm_head.weight = torch.nn.Parameter(torch.zeros(V, D)); model.config.tie_word_embeddings = False
    case("flan_t5", draw(model, S + 36), dict(input_ids=X, attention_mask=M, decoder_input_ids=Y), "an output layer of its own, which reads what is not scaled")
    def change(c): c.update(tie_word_embeddings=False); c.pop("scale_decoder_outputs", None)
    old_options("flan_t5", change)

def marian_separate():
    c = T.MarianConfig(vocab_size=V, decoder_vocab_size=V - 10, share_encoder_decoder_embeddings=False, d_model=D, encoder_layers=L, decoder_layers=L, encoder_attention_heads=H, decoder_attention_heads=H, encoder_ffn_dim=F, decoder_ffn_dim=F, max_position_embeddings=64, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, forced_eos_token_id=1, dropout=0.0)
    case("marian_separate", draw(T.MarianMTModel(c), S + 37), dict(input_ids=X, attention_mask=M, decoder_input_ids=ids(S + 2, (2, N - 2), high=V - 10)), "a vocabulary for each language")

for f in (gpt_neox_sequential, llama_3_1, llama_linear, qwen3_window, opt_350m, t5_1_0, flan_t5, marian_separate):
    f()
