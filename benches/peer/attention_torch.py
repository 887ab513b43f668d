#!/usr/bin/env python3
"""PyTorch's attention, forward and forward + backward, for measuring beside Headlight.

From shared/peer/attention_torch.py of the project's start. Changed: one case a process, always, since headlight-benches
starts the processes; `--measure memory` runs the case once and says how much memory that took; the implementations that
headlight-benches compares with nothing (`explicit`, `mha_noweights_slowpath`) are gone.

    sdpa            torch.nn.functional.scaled_dot_product_attention: heads in, heads out
    mha_noweights   torch.nn.MultiheadAttention with need_weights=False: projections, attention, output layer
    mha_weights     the same with the weights of every head

Prints one JSON line.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn

import memory

MIN_REPETITIONS = 5
MAX_REPETITIONS = 3000


def core(arguments, needs_gradient):
    """Returns a forward pass of scaled_dot_product_attention, and what it is differentiated by."""
    d_head = arguments.width // arguments.heads
    shape = (arguments.batch, arguments.heads, arguments.tokens, d_head)
    query, key, value = (torch.randn(shape, requires_grad=needs_gradient) for _ in range(3))

    def forward():
        return nn.functional.scaled_dot_product_attention(query, key, value)

    return forward, [query, key, value], torch.randn(shape)


def module(arguments, needs_gradient):
    """The same for the whole module."""
    attention = nn.MultiheadAttention(arguments.width, arguments.heads, batch_first=True)
    attention.train(needs_gradient)  # eval mode takes a faster path, which has no backward
    shape = (arguments.batch, arguments.tokens, arguments.width)
    x = torch.randn(shape, requires_grad=needs_gradient)
    need_weights = arguments.implementation == "mha_weights"

    def forward():
        output, weights = attention(x, x, x, need_weights=need_weights, average_attn_weights=False)
        assert (weights is not None) == need_weights
        return output

    return forward, [x, *attention.parameters()], torch.randn(shape)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--implementation", choices=["sdpa", "mha_noweights", "mha_weights"], required=True)
    parser.add_argument("--pass", dest="direction", choices=["forward", "forward-backward"], required=True)
    parser.add_argument("--width", type=int, required=True)
    parser.add_argument("--heads", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--measure", choices=["time", "memory"], default="time")
    parser.add_argument("--budget", type=float, default=4.0, help="seconds to go on measuring")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    needs_gradient = arguments.direction == "forward-backward"
    memory.forget_peak()
    before = memory.resident_mib()
    make = core if arguments.implementation == "sdpa" else module
    forward, leaves, upstream = make(arguments, needs_gradient)

    def run():
        if not needs_gradient:
            with torch.inference_mode():
                forward()
            return
        for leaf in leaves:
            leaf.grad = None
        forward().backward(upstream)

    if arguments.measure == "memory":
        run()
        peak = memory.peak_mib()
        print(json.dumps({"added_mib": None if peak is None else peak - before}), flush=True)
        return

    for _ in range(3 if arguments.tokens < 1000 else 1):
        run()
    times = []
    begin = time.perf_counter()
    while len(times) < MIN_REPETITIONS or (
        time.perf_counter() - begin < arguments.budget and len(times) < MAX_REPETITIONS
    ):
        before_run = time.perf_counter()
        run()
        times.append(time.perf_counter() - before_run)
    print(json.dumps({"median_ms": statistics.median(times) * 1e3, "repetitions": len(times)}), flush=True)


if __name__ == "__main__":
    main()
