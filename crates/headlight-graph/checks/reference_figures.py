"""Makes tests/reference_figures.json: what torchinfo and fvcore count of the tour's decoder, written with PyTorch.

    python reference_figures.py > ../tests/reference_figures.json

torchinfo counts parameters rightly, and fvcore the multiply-adds of linear layers and matrix products (its `flop`), as long as
attention is written out in products; so it is, here. What fvcore counts of norms is left out: they are no products.
"""

import json
import math

import fvcore
import torch
import torchinfo
from fvcore.nn import FlopCountAnalysis
from importlib.metadata import version
from torch import nn

VOCABULARY, WIDTH, HEADS, LAYERS, INNER = 18, 64, 4, 2, 256


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = (
            layer(x).view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(WIDTH // HEADS)
        scores = scores + torch.full((length, length), -math.inf).triu(1)
        context = torch.matmul(scores.softmax(-1), v)
        return self.output(context.transpose(1, 2).reshape(batch, length, WIDTH))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm_attention, self.norm_feed_forward = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = Attention()
        self.feed_forward = nn.Sequential(nn.Linear(WIDTH, INNER), nn.ReLU(), nn.Linear(INNER, WIDTH))

    def forward(self, x):
        x = x + self.attention(self.norm_attention(x))
        return x + self.feed_forward(self.norm_feed_forward(x))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm, self.output = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY)

    def forward(self, ids):  # positions cost no product, so they are left out
        return self.output(self.norm(self.blocks(self.tokens(ids))))


model = Decoder().eval()
figures = []
for batch_size, length in [(1, 21), (3, 17), (8, 2)]:
    ids = torch.zeros(batch_size, length, dtype=torch.long)
    counted = FlopCountAnalysis(model, ids)
    counted.unsupported_ops_warnings(False)
    products = sum(counted.by_operator()[operator] for operator in ("linear", "matmul"))
    summary = torchinfo.summary(model, input_data=ids, verbose=0)
    figures.append({
        "batch_size": batch_size, "length": length,
        "parameters": summary.total_params, "trainable": summary.trainable_params, "multiply_adds": int(products),
    })
made_by = {package: version(package) for package in ("torch", "torchinfo", "fvcore")}
print(json.dumps({"made_by": made_by, "figures": figures}, indent=1))
