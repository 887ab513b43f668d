"""Checks weights with PyTorch's names against the run's own: python check_pytorch_names.py RUN/model.safetensors EXPORTED.

Names and shapes are those of nn.TransformerEncoder's and nn.TransformerDecoder's layers; every number is where PyTorch looks for it.
"""

import sys

import numpy as np
from safetensors.numpy import load_file

PLAIN = {
    "embedding.tokens.weight": "embedding.weight", "embedding.positions.weight": "positions.weight",
    "norm.gamma": "norm.weight", "norm.beta": "norm.bias", "output.weight": "output.weight", "output.bias": "output.bias",
}


def expected(ours):
    theirs = {}
    for half in ("encoder", "decoder"):
        for name, their_name in PLAIN.items():
            if f"{half}.{name}" in ours:
                tensor = ours[f"{half}.{name}"]
                theirs[f"{half}.{their_name}"] = tensor.T if name == "output.weight" else tensor
        layer = 0
        while f"{half}.blocks.{layer}.norm_attention.gamma" in ours:
            here, there = f"{half}.blocks.{layer}", f"{half}.layers.{layer}"
            has_cross = f"{here}.cross.norm.gamma" in ours
            norms = ["norm_attention", *(["cross.norm"] if has_cross else []), "norm_feed_forward"]
            for number, norm in enumerate(norms, 1):
                theirs[f"{there}.norm{number}.weight"] = ours[f"{here}.{norm}.gamma"]
                theirs[f"{there}.norm{number}.bias"] = ours[f"{here}.{norm}.beta"]
            for number, linear in enumerate(["up", "down"], 1):
                theirs[f"{there}.linear{number}.weight"] = ours[f"{here}.feed_forward.{linear}.weight"].T
                theirs[f"{there}.linear{number}.bias"] = ours[f"{here}.feed_forward.{linear}.bias"]
            attentions = {"self_attention": "self_attn", **({"cross.attention": "multihead_attn"} if has_cross else {})}
            for attention, module in attentions.items():
                parts = [f"{here}.{attention}.{part}" for part in ("query", "key", "value")]
                theirs[f"{there}.{module}.in_proj_weight"] = np.concatenate([ours[f"{part}.weight"].T for part in parts])
                theirs[f"{there}.{module}.in_proj_bias"] = np.concatenate([ours[f"{part}.bias"] for part in parts])
                theirs[f"{there}.{module}.out_proj.weight"] = ours[f"{here}.{attention}.output.weight"].T
                theirs[f"{there}.{module}.out_proj.bias"] = ours[f"{here}.{attention}.output.bias"]
            layer += 1
        assert layer or half == "encoder"
    return theirs


def main(own, exported):
    theirs, found = expected(load_file(own)), load_file(exported)
    assert theirs.keys() == found.keys(), f"names differ: {sorted(theirs.keys() ^ found.keys())}"
    for name, tensor in theirs.items():
        assert np.array_equal(tensor, found[name]), f"{name} differs"
    print(f"{exported}: {len(found)} tensors, each under PyTorch's name and in its layout")


if __name__ == "__main__":
    main(*sys.argv[1:])
