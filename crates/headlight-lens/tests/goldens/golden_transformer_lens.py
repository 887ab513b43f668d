#!/usr/bin/env python3
"""TransformerLens' own numbers for two small random models: what tests/transformer_lens.rs compares the lenses with.

Made with Python 3.11, transformer-lens 4.3.0, torch 2.15.0, numpy 2.4.6 and safetensors 0.8.0 from PyPI, without a model
from the network:

    python3 -m venv venv && venv/bin/pip install transformer-lens==4.3.0 torch==2.15.0   # about 5 GB
    venv/bin/python crates/headlight-lens/tests/goldens/golden_transformer_lens.py              # writes beside this file

The same seeds give the same bytes. Two models of d_model 32, 4 heads of 8, 2 layers, 20 tokens and 24 learned positions, pre-norm
with LayerNorm (epsilon 1e-5): `attention_only`, which to Headlight is a model whose feed-forward layers are one wide and all 0, and
`gpt2_like` with feed-forward layers of 128 and the exact GELU. No parameter is 0 or 1 by default: biases, norms and the
unembedding's bias are random too (TransformerLens' own small models have no bias there; one is added). Parameters are drawn as
32-bit numbers, everything is computed in 64 bits and stored in 32.

`NAME.safetensors`, under the names of Headlight's parameters (linear weights `[d_input, d_output]`, the token embedding divided by
√d_model, by which Headlight multiplies it): `param.*`. The other tensors, with L layers, H heads, n positions, V tokens, B sequences:

- `logits` `[B, n, V]` of `tokens`: B sequences of BOS (token 0) and 10 random tokens twice.
- `detect.HEAD.MEASURE` `[B, L, H]` and `detect.HEAD.MEASURE.mean` `[L, H]`, by `head_detector.detect_head` with exclude_bos and
  exclude_current_token at their default, False. With A a head's weights `[n, n]` and D the detection pattern, 0 or 1:
    previous_token_head   D[i, j] = 1 where j = i − 1
    duplicate_token_head  D[i, j] = 1 where j < i and token j = token i
    induction_head        D[i, j] = 1 where 1 ≤ j ≤ i and token j − 1 = token i and j − 1 < i; so the query itself (j = i) counts where
                          the token before it is equal
    mul                   Σ(A ∘ D) / ΣA: the share of all attention; A is not masked, and ΣA is n
    abs                   1 − n · mean |A − D| = 1 − Σ|A − D| / n. D's rows without a 1 count as errors of 1 each, so that a perfect
                          head of a pattern with k such rows scores 1 − k / n.
  `detect_head` rounds Σ|A − D| / n to three digits: that is `abs.rounded`. `abs` is the same function with its `round` taken away.
  Of a list of sequences it gives the mean of their scores, which is `.mean` (of `abs` without rounding).
- `attribution` `[components, V]`: direct logit attribution at the last position of `clean`, for every token. The rows are those of
  `get_full_resid_decomposition(expand_neurons=False, apply_ln=True)`, named in the JSON: each head's context times its W_O (with
  what the value's bias adds), each feed-forward layer's output with its bias, token embedding, position, and `bias`, the output
  biases of all attention layers. Each is centred and divided by the final norm's scale at that position, sqrt(variance + epsilon),
  then multiplied by the norm's gamma and the unembedding. `attribution.constant` `[V]` is what is in no component: the final norm's
  beta through the unembedding, plus the unembedding's bias. All rows and the constant sum to `attribution.logits` `[V]`.
- `lens.logits` `[L + 1, n, V]`: the logit lens of the first of `tokens`: the final norm applied anew to each layer's resid_pre, and
  to the last one's resid_post, then the unembedding with its bias. Before TransformerLens mended its issue 1076, its
  `accumulated_resid(apply_ln=True)` used the last layer's scale for all of them; the JSON's `cached_scale` says how far logits by
  that scale are off: for each layer the largest difference, and the share of positions with another most probable token.
- `patch.METRIC.SITE`: activation patching of `clean` into `corrupt`, (patched − corrupt) / (clean − corrupt) of a METRIC at the last
  position: `logit_difference` of `answer` minus `other`, and `log_probability` of `answer`. `answer` is the token whose logit is
  higher by most for `clean`, and `other` the one whose logit is lower by most: nothing is divided by nearly 0. SITE is `resid_pre` `[L, n]`,
  `attn_out` `[L, n]`, `mlp_out` `[L, n]`, `head` `[L, n, H]` (a head's z at one position); by `patching.get_act_patch_*`.
  `patch.METRIC.baseline` `[2]` is the metric of clean and corrupt.
"""

import importlib.metadata
import json
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from transformer_lens import TransformerBridgeConfig, head_detector, patching
from transformer_lens.model_bridge.sources import native

D_MODEL, N_HEADS, N_LAYERS, MAX_LENGTH, VOCAB_SIZE, D_FF = 32, 4, 2, 24, 20, 128
EPSILON = 1e-5
BOS = 0
HEADS = ["previous_token_head", "duplicate_token_head", "induction_head"]
DIRECTORY = Path(__file__).parent


def draw_parameters(random, attention_only):
    """Headlight's parameters, in 32 bits."""
    d_ff = 1 if attention_only else D_FF
    parameters = {}

    def normal(name, shape, deviation, mean=0.0):
        parameters[name] = random.normal(mean, deviation, shape).astype(np.float32)

    def linear(name, d_input, d_output, gain):
        normal(f"{name}.weight", (d_input, d_output), gain / math.sqrt(d_input))
        normal(f"{name}.bias", d_output, 0.3)

    def norm(name):
        normal(f"{name}.gamma", D_MODEL, 0.2, mean=1.0)
        normal(f"{name}.beta", D_MODEL, 0.2)

    normal("decoder.embedding.tokens.weight", (VOCAB_SIZE, D_MODEL), 1 / math.sqrt(D_MODEL))
    normal("decoder.embedding.positions.weight", (MAX_LENGTH, D_MODEL), 0.7)
    for layer in range(N_LAYERS):
        block = f"decoder.blocks.{layer}"
        norm(f"{block}.norm_attention")
        for part, gain in [("query", 1.5), ("key", 1.5), ("value", 1.0), ("output", 1.0)]:
            linear(f"{block}.self_attention.{part}", D_MODEL, D_MODEL, gain)
        norm(f"{block}.norm_feed_forward")
        linear(f"{block}.feed_forward.up", D_MODEL, d_ff, 1.0)
        linear(f"{block}.feed_forward.down", d_ff, D_MODEL, 1.0)
        if attention_only:
            for name in [f"{block}.feed_forward.{part}.{kind}" for part in ("up", "down") for kind in ("weight", "bias")]:
                parameters[name] = np.zeros_like(parameters[name])
    norm("decoder.norm")
    linear("decoder.output", D_MODEL, VOCAB_SIZE, 1.0)
    return parameters


def build(parameters, attention_only):
    """TransformerLens' model with these parameters, in 64 bits."""
    config = TransformerBridgeConfig(
        d_model=D_MODEL,
        d_head=D_MODEL // N_HEADS,
        n_heads=N_HEADS,
        n_layers=N_LAYERS,
        n_ctx=MAX_LENGTH,
        d_vocab=VOCAB_SIZE,
        d_mlp=D_FF,
        act_fn="gelu",
        attn_only=attention_only,
        normalization_type="LN",
        eps=EPSILON,
        dtype=torch.float64,
        device="cpu",
    )
    model = native.boot(config, dtype=torch.float64)
    model.unembed.original_component.bias = torch.nn.Parameter(torch.zeros(VOCAB_SIZE, dtype=torch.float64))

    def fill(parameter, name, change=lambda tensor: tensor):
        value = change(torch.from_numpy(parameters[name]).double())
        assert parameter.shape == value.shape, name
        parameter.data.copy_(value)

    def fill_linear(component, name):
        fill(component.original_component.weight, f"{name}.weight", lambda weight: weight.T)
        fill(component.original_component.bias, f"{name}.bias")

    def fill_norm(component, name):
        fill(component.original_component.weight, f"{name}.gamma")
        fill(component.original_component.bias, f"{name}.beta")

    embedding = "decoder.embedding"
    fill(model.embed.original_component.weight, f"{embedding}.tokens.weight", lambda weight: weight * math.sqrt(D_MODEL))
    fill(model.pos_embed.original_component.weight, f"{embedding}.positions.weight")
    for layer, block in enumerate(model.blocks):
        name = f"decoder.blocks.{layer}"
        fill_norm(block.ln1, f"{name}.norm_attention")
        for part, ours in [("q", "query"), ("k", "key"), ("v", "value"), ("o", "output")]:
            fill_linear(getattr(block.attn, part), f"{name}.self_attention.{ours}")
        if not attention_only:
            fill_norm(block.ln2, f"{name}.norm_feed_forward")
            fill_linear(getattr(block.mlp, "in"), f"{name}.feed_forward.up")
            fill_linear(block.mlp.out, f"{name}.feed_forward.down")
    fill_norm(model.ln_final, "decoder.norm")
    fill_linear(model.unembed, "decoder.output")
    model.eval()
    return model


def detection(model, tokens):
    """The scores of each head on each sequence, and their means."""
    scores = {}
    # There is no tokenizer: a "prompt" is a tensor of token numbers already.
    model.to_tokens = lambda prompt: torch.cat(prompt) if isinstance(prompt, list) else prompt
    sequences = [sequence[None] for sequence in tokens]
    for head in HEADS:
        for measure in ("mul", "abs", "abs.rounded"):
            if measure == "abs":
                head_detector.round = lambda number, digits: number  # shadows the built-in function in that module
            each = [head_detector.detect_head(model, one, head, error_measure=measure[:3]) for one in sequences]
            scores[f"detect.{head}.{measure}"] = torch.stack(each)
            if measure != "abs.rounded":
                mean = head_detector.detect_head(model, sequences, head, error_measure=measure)
                scores[f"detect.{head}.{measure}.mean"] = mean
            vars(head_detector).pop("round", None)
    return scores


def attribution(model, clean):
    """Each component's share of every logit at the last position."""
    _, cache = model.run_with_cache(clean)
    gamma, beta = model.ln_final.original_component.weight, model.ln_final.original_component.bias
    components, labels = cache.get_full_resid_decomposition(
        expand_neurons=False,
        apply_ln=True,
        pos_slice=-1,
        return_labels=True,
        project_output_onto=gamma[:, None] * model.W_U,
    )  # [components, 1, V]
    constant = beta @ model.W_U + model.b_U
    logits = model(clean)[0, -1]
    found = {"attribution": components[:, 0], "attribution.constant": constant, "attribution.logits": logits}
    assert torch.allclose(components[:, 0].sum(0) + constant, logits, atol=1e-10)
    return found, labels


def logit_lens(model, tokens):
    """The right logits of every layer, and how far those with the last layer's scale are off."""
    _, cache = model.run_with_cache(tokens)
    stack = cache.accumulated_resid()  # [L + 1, 1, n, d_model]
    right = torch.stack([model.unembed(model.ln_final(stream)) for stream in stack])
    assert torch.allclose(right[-1], model(tokens), atol=1e-12)
    assert torch.allclose(right, model.unembed(cache.accumulated_resid(apply_ln=True)), atol=1e-12)  # mended in 4.x

    gamma, beta = model.ln_final.original_component.weight, model.ln_final.original_component.bias
    wrong = model.unembed(cache.apply_ln_to_stack(stack, recompute_ln=False) * gamma + beta)
    other_token = (wrong.argmax(-1) != right.argmax(-1)).double()
    mistake = {
        "largest_logit_difference": [round(layer.abs().max().item(), 4) for layer in wrong - right],
        "other_most_probable_token": [round(layer.mean().item(), 4) for layer in other_token],
    }
    return right[:, 0], mistake


def patch(model, clean, corrupt):
    """The grids of every site and metric."""
    change = (model(clean) - model(corrupt))[0, -1]
    answer, other = change.argmax().item(), change.argmin().item()
    metrics = {
        "logit_difference": lambda logits: logits[0, -1, answer] - logits[0, -1, other],
        "log_probability": lambda logits: logits[0, -1].log_softmax(-1)[answer],
    }
    sites = {"resid_pre": patching.get_act_patch_resid_pre, "attn_out": patching.get_act_patch_attn_out}
    sites["head"] = patching.get_act_patch_attn_head_out_by_pos
    if not model.cfg.attn_only:
        sites["mlp_out"] = patching.get_act_patch_mlp_out

    _, cache = model.run_with_cache(clean)
    grids = {}
    for name, metric in metrics.items():
        at_clean, at_corrupt = metric(model(clean)), metric(model(corrupt))
        grids[f"patch.{name}.baseline"] = torch.stack([at_clean, at_corrupt])
        for site, patched in sites.items():
            grid = patched(model, corrupt, cache, metric).double()
            grids[f"patch.{name}.{site}"] = (grid - at_corrupt) / (at_clean - at_corrupt)
    return grids, answer, other


@torch.no_grad()
def write(name, seed, attention_only):
    random = np.random.default_rng(seed)
    parameters = draw_parameters(random, attention_only)
    model = build(parameters, attention_only)

    once = random.integers(1, VOCAB_SIZE, (3, 10))
    tokens = np.concatenate([np.full((3, 1), BOS), once, once], 1)
    clean = np.concatenate([[BOS], random.integers(1, VOCAB_SIZE, 9)])
    corrupt = clean.copy()
    corrupt[[2, 5]] = (corrupt[[2, 5]] + 5) % VOCAB_SIZE
    as_ids = torch.from_numpy

    tensors = {"logits": model(as_ids(tokens))}
    tensors |= detection(model, as_ids(tokens))
    found, labels = attribution(model, as_ids(clean)[None])
    tensors |= found
    tensors["lens.logits"], cached_scale = logit_lens(model, as_ids(tokens)[:1])
    grids, answer, other = patch(model, as_ids(clean)[None], as_ids(corrupt)[None])
    tensors |= grids

    description = {
        "d_model": D_MODEL,
        "n_heads": N_HEADS,
        "n_layers": N_LAYERS,
        "max_length": MAX_LENGTH,
        "vocab_size": VOCAB_SIZE,
        "d_ff": 1 if attention_only else D_FF,
        "tokens": tokens.tolist(),
        "clean": [clean.tolist()],
        "corrupt": [corrupt.tolist()],
        "answer": answer,
        "other": other,
        "components": labels,
        "cached_scale": cached_scale,
        "seed": seed,
        "transformer_lens": importlib.metadata.version("transformer-lens"),
        "torch": torch.__version__.split("+")[0],
    }
    arrays = {f"param.{key}": value for key, value in parameters.items()}
    arrays |= {key: tensor.numpy().astype(np.float32) for key, tensor in tensors.items()}
    assert all(np.isfinite(array).all() for array in arrays.values())
    (DIRECTORY / f"{name}.safetensors").write_bytes(save(arrays))
    lines = (f" {json.dumps(key)}: {json.dumps(value)}" for key, value in description.items())
    (DIRECTORY / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("attention_only", seed=1, attention_only=True)
    write("gpt2_like", seed=2, attention_only=False)
