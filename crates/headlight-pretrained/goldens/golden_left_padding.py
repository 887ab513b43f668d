#!/usr/bin/env python3
"""What transformers computes with the decoders of golden_families.py and golden_variants.py where padding stands before a text.

    python golden_left_padding.py      (torch, transformers 5, safetensors; reads the models beside itself, writes left_padding.safetensors)

One file for all: `in.input_ids`, `in.attention_mask` [2, 9]; of each model, in 32 bits, `NAME.attn.LAYER` [2, heads, 9, 9] and `NAME.logits`.
Positions are those that `generate` hands to a model: padding is not counted. `forward` alone would count it in GPT-2, whose texts then would not
say the same with padding as without. Rows of padding mean nothing; in 64 bits they are NaN in transformers.
"""
import os
os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from safetensors.torch import save_file
import transformers as T

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ["gpt2", "gpt_neox", "gpt_neox_sequential", "llama", "llama_3_1", "mistral", "qwen2", "qwen3", "qwen3_window", "opt", "opt_350m"]
torch.set_num_threads(1)
ids = torch.randint(5, 50, (2, 9), generator=torch.Generator().manual_seed(40))
mask = torch.ones(2, 9, dtype=torch.long)
mask[1, :3] = 0
positions = (mask.cumsum(-1) - 1).masked_fill(mask == 0, 0)
tensors = {"in.input_ids": ids, "in.attention_mask": mask}
for name in NAMES:
    model = T.AutoModelForCausalLM.from_pretrained(os.path.join(HERE, name), attn_implementation="eager").eval()
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False, output_attentions=True)
        alone = model(input_ids=ids[1:, 3:], use_cache=False).logits
    off = (out.logits[1:, 3:] - alone).abs().max()
    assert off < 1e-5, (name, off)  # padding changes nothing
    tensors |= {f"{name}.attn.{layer}": attention for layer, attention in enumerate(out.attentions)} | {f"{name}.logits": out.logits}
    print(name, float(off))
save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, os.path.join(HERE, "left_padding.safetensors"))
