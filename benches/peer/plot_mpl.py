#!/usr/bin/env python3
"""matplotlib drawing attention heatmaps, for measuring beside Headlight.

From shared/peer/plot_mpl.py of the project's start. Changed: it prints medians in milliseconds under the names that
headlight-benches uses, the drawing is in functions that copy_torch.py uses too, and the labels are Headlight's tokens.

    plot_mpl.py --what small   a grid of four 21 x 21 heads, and the same four one by one
    plot_mpl.py --what big     a grid of 144 heads of 32 x 32

Prints one JSON line.
"""

import argparse
import json
import os
import statistics
import time

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np


def draw_grid(weights, tokens, path):
    """Draws four heads, [4, queries, keys], with labels and a colour bar each."""
    figure, panels = plt.subplots(2, 2, figsize=(10, 10))
    for head, axes in enumerate(panels.flat):
        figure.colorbar(_heatmap(axes, weights[head], head, tokens), ax=axes, fraction=0.046)
    _save(figure, path)


def draw_head(weights, head, tokens, path):
    """Draws one head, [queries, keys]."""
    figure, axes = plt.subplots(figsize=(6, 5))
    figure.colorbar(_heatmap(axes, weights, head, tokens))
    _save(figure, path)


def draw_many(weights, path):
    """Draws 144 heads, [144, queries, keys], twelve a row and without labels."""
    figure, panels = plt.subplots(12, 12, figsize=(18, 18))
    for index, axes in enumerate(panels.flat):
        axes.imshow(weights[index], cmap="viridis", vmin=0, vmax=1)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_title(f"L{index // 12} H{index % 12}", fontsize=6)
    _save(figure, path)


def _heatmap(axes, weights, head, tokens):
    image = axes.imshow(weights, cmap="viridis", vmin=0, vmax=1)
    axes.set_title(f"head {head}")
    axes.set_xticks(range(len(tokens)), tokens, rotation=90, fontsize=6)
    axes.set_yticks(range(len(tokens)), tokens, fontsize=6)
    axes.set_xlabel("key")
    axes.set_ylabel("query")
    return image


def _save(figure, path):
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    plt.close(figure)


def causal_attention(generator, heads, length):
    """Random weights that look like a decoder's: each query sees itself and what is before it."""
    scores = generator.normal(size=(heads, length, length)) * 2
    scores[:, np.triu(np.ones((length, length), dtype=bool), 1)] = -np.inf
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def milliseconds(draw):
    begin = time.perf_counter()
    draw()
    return (time.perf_counter() - begin) * 1e3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--what", choices=["small", "big"], required=True)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--out", required=True, help="directory for the pictures")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    generator = np.random.default_rng(0)

    def out(name):
        return os.path.join(arguments.out, name)

    if arguments.what == "small":
        weights = causal_attention(generator, 4, 21)
        symbols = [str(symbol) for symbol in range(10)]
        tokens = ["BOS", *symbols, "SEP", *symbols[:9]]

        def singles():
            for head in range(4):
                draw_head(weights[head], head, tokens, out(f"head{head}.png"))

        pictures = {"grid4_ms": lambda: draw_grid(weights, tokens, out("grid4.png")), "singles4_ms": singles}
    else:
        weights = causal_attention(generator, 144, 32)
        pictures = {"grid144_ms": lambda: draw_many(weights, out("grid144.png"))}

    times = {name: [] for name in pictures}
    for _ in range(arguments.repetitions):
        for name, draw in pictures.items():
            times[name].append(milliseconds(draw))
    print(json.dumps({name: statistics.median(values) for name, values in times.items()}), flush=True)


if __name__ == "__main__":
    main()
