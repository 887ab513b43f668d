"""A decoder that Headlight trained, in PyTorch: python load_in_pytorch.py weights.safetensors TOKEN TOKEN …"""
import json, math, sys
import torch
from safetensors import safe_open
from torch import nn

file = safe_open(sys.argv[1], "pt")  # headlight export RUN --safetensors weights.safetensors --pytorch-names
model, state = json.loads((file.metadata() or {}).get("model", "{}")), {name: file.get_tensor(name) for name in file.keys()}
known = {"architecture": "decoder", "positions": "sinusoidal", "norm": "pre", "activation": "relu", "tie_weights": False}
other = [f"{name} {model.get(name)}" for name, value in known.items() if model.get(name) != value]
if other:
    sys.exit(f"{sys.argv[1]}: this script does not build a model with {', '.join(other)}")
ids = torch.tensor([[int(token) for token in sys.argv[2:]]])  # numbers, not words
d_ff, d_model = state["decoder.layers.0.linear1.weight"].shape
n_layers = len({name.split(".")[2] for name in state if ".layers." in name})
layer = nn.TransformerEncoderLayer(d_model, model["n_heads"], d_ff, dropout=0.0, batch_first=True, norm_first=True)
decoder = nn.TransformerEncoder(layer, n_layers, nn.LayerNorm(d_model), enable_nested_tensor=False).eval()
under = lambda prefix: {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
decoder.load_state_dict({name: tensor for name, tensor in under("decoder.").items() if name.startswith(("layers.", "norm."))})
places = torch.arange(ids.shape[1])[:, None] / 10_000 ** (torch.arange(0, d_model, 2) / d_model)
positions = torch.stack([places.sin(), places.cos()], -1).flatten(1)  # sinusoidal
hidden = nn.functional.embedding(ids, state["decoder.embedding.weight"]) * math.sqrt(d_model) + positions
hidden = decoder(hidden, mask=nn.Transformer.generate_square_subsequent_mask(ids.shape[1]), is_causal=True)
logits = nn.functional.linear(hidden, state["decoder.output.weight"], state["decoder.output.bias"])
print(logits[0, -1].tolist())  # what it thinks comes next
