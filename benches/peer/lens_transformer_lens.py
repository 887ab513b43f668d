#!/usr/bin/env python3
"""What `headlight lens heads` and `headlight lens ablate` compute of a run of the copy task, by TransformerLens on the processor.

The model is the run's own: its parameters go into TransformerLens' native model (sinusoidal positions as position embedding, the
token embedding times √d_model), in 32 bits. The examples are drawn here, as many and as long as Headlight's. Both sides do the
same work:

- heads: every score of every head on the examples and on 64 sequences of random tokens that come twice: weight on the previous, same, next and first
  token, on equal tokens and on the token after an equal one, on the keys that the task needs, entropy, best fixed offset, and
  TransformerLens' `detect_head` for its three patterns with both error measures; each with a bootstrap interval of 1000 resamples.
- ablate: every head and every feed-forward layer replaced by its mean over the examples (`--with zero,resample` by zeros and by
  another example's); for each, loss and exact match with the same intervals, and the gradient importance E|∂L/∂ξ| of every head.

TransformerLens is used as somebody would who minds the time: all examples in one batch, one cache for all scores, `detect_head` with
that cache, the other scores by plain tensor operations, exact match from one teacher-forced pass (as Headlight's). `--detect
one-by-one` lets `detect_head` do a pass for each sequence, pattern and measure, as it does by itself; `--detect by-hand` does without
it. `seconds` is the work without the imports and without reading the model; whoever starts the process can take its whole time.

Prints one JSON line.
"""

import time

BEGIN = time.perf_counter()

import argparse  # noqa: E402  the imports are timed
import json  # noqa: E402
import math  # noqa: E402
from pathlib import Path  # noqa: E402

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from transformer_lens import TransformerBridgeConfig  # noqa: E402
from transformer_lens.head_detector import HEAD_NAMES, detect_head  # noqa: E402
from transformer_lens.model_bridge.sources import native  # noqa: E402

RESAMPLES = 1000
REPEATED = 64


class Task:
    """Copy: BOS, the source, SEP, the answer but for its last token."""

    def __init__(self, run):
        config = json.loads((run / "config.json").read_text())
        self.config, self.length, self.symbols = config, config["task"]["length"], config["task"]["symbols"]
        self.bos, self.sep = self.symbols, self.symbols + 1

    def examples(self, count, generator):
        source = torch.randint(0, self.symbols, (count, self.length), generator=generator)
        bos, sep = torch.full((count, 1), self.bos), torch.full((count, 1), self.sep)
        return torch.cat([bos, source, sep, source[:, :-1]], 1), source

    def repeated(self, count, generator):
        once = torch.randint(0, self.symbols, (count, self.length), generator=generator)
        return torch.cat([torch.full((count, 1), self.bos), once, once], 1)

    def outcome(self, logits, answers):
        """Loss of each example and whether it is right, `[examples]` both."""
        logits = logits[:, -self.length :]
        loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), answers, reduction="none").mean(1)
        return loss, (logits.argmax(-1) == answers).all(1).float()


def load(run, task):
    """The run's model."""
    parameters, config = load_file(run / "model.safetensors"), task.config["model"]
    d_model, n_heads, max_length = config["d_model"], config["n_heads"], 2 * task.length + 8
    model = native.boot(
        TransformerBridgeConfig(
            d_model=d_model,
            d_head=d_model // n_heads,
            n_heads=n_heads,
            n_layers=config["n_layers"],
            n_ctx=max_length,
            d_vocab=task.symbols + 2,
            d_mlp=config["d_ff"],
            act_fn=config["activation"],
            normalization_type="LN",
            eps=1e-5,
            device="cpu",
            init_weights=False,
        )
    )
    model.to_tokens = lambda prompt: prompt  # there is no tokenizer: prompts are token numbers
    parameter = lambda tensor: torch.nn.Parameter(tensor.contiguous(), requires_grad=False)  # noqa: E731

    def linear(component, name):
        component.original_component.weight = parameter(parameters[f"{name}.weight"].T)
        component.original_component.bias = parameter(parameters[f"{name}.bias"])

    def norm(component, name):
        component.original_component.weight = parameter(parameters[f"{name}.gamma"])
        component.original_component.bias = parameter(parameters[f"{name}.beta"])

    tokens = parameters["decoder.embedding.tokens.weight"]
    model.embed.original_component.weight = parameter(tokens * math.sqrt(d_model))
    model.pos_embed.original_component.weight = parameter(sinusoids(max_length, d_model))
    for layer, block in enumerate(model.blocks):
        name = f"decoder.blocks.{layer}"
        norm(block.ln1, f"{name}.norm_attention")
        for part, ours in [("q", "query"), ("k", "key"), ("v", "value"), ("o", "output")]:
            linear(getattr(block.attn, part), f"{name}.self_attention.{ours}")
        norm(block.ln2, f"{name}.norm_feed_forward")
        linear(getattr(block.mlp, "in"), f"{name}.feed_forward.up")
        linear(block.mlp.out, f"{name}.feed_forward.down")
    norm(model.ln_final, "decoder.norm")
    linear(model.unembed, "decoder.output")
    return model.eval()


def sinusoids(length, d_model):
    positions = torch.arange(length).unsqueeze(1).double()
    rates = 10000.0 ** (-torch.arange(0, d_model, 2).double() / d_model)
    return torch.stack([torch.sin(positions * rates), torch.cos(positions * rates)], -1).flatten(1).float()


class Bootstrap:
    """Means over examples with their 95 % intervals."""

    def __init__(self, examples, generator):
        drawn = torch.randint(0, examples, (RESAMPLES, examples), generator=generator)
        self.counts = torch.zeros(RESAMPLES, examples).scatter_add_(1, drawn, torch.ones(RESAMPLES, examples))

    def estimate(self, values):
        """Of `[examples, …]`: mean, low and high, `[3, …]`."""
        flat = values.flatten(1)
        means = self.counts @ flat / len(flat)
        low, high = torch.quantile(means, torch.tensor([0.025, 0.975]), dim=0)
        return torch.stack([flat.mean(0), low, high]).reshape(3, *values.shape[1:])


@torch.no_grad()
def heads(model, task, count, detect, generator):
    """Every score of every head, `[layers, heads]`, by name."""
    tokens, _ = task.examples(count, generator)
    bootstrap = Bootstrap(count, generator)
    found = scores(model, tokens, detect, bootstrap, needed(task, tokens))
    bootstrap = Bootstrap(REPEATED, generator)
    repeated = scores(model, task.repeated(REPEATED, generator), detect, bootstrap, None)
    return found | {f"repeated.{name}": estimate for name, estimate in repeated.items()}


def needed(task, tokens):
    """Query n + 1 + i of the answer needs key 1 + i: for each query its key, and whether it needs one."""
    query = torch.arange(tokens.shape[1])
    return (query - task.length).clamp(min=0), query > task.length


def scores(model, tokens, detect, bootstrap, task_keys):
    _, cache = model.run_with_cache(tokens, names_filter=lambda name: name.endswith("hook_pattern"))
    layers = range(model.cfg.n_layers)
    weights = torch.stack([cache["pattern", layer, "attn"] for layer in layers], 1)  # [examples, layers, heads, n, n]
    n = tokens.shape[1]
    equal = (tokens[:, :, None] == tokens[:, None, :]).tril(-1)
    after_equal = torch.zeros_like(equal)
    after_equal[:, :, 1:] = equal[:, :, :-1]

    diagonal = lambda offset: weights.diagonal(offset, -2, -1).sum(-1) / n  # noqa: E731
    masked = lambda mask: (weights * mask[:, None, None]).sum((-2, -1)) / mask.any(-1).sum(-1).clamp(min=1)[:, None, None]  # noqa: E731
    each = {
        "previous": diagonal(-1),
        "same": diagonal(0),
        "next": diagonal(1),
        "first": weights[..., 0].mean(-1),
        "duplicate": masked(equal),
        "induction": masked(after_equal),
        "entropy": -torch.special.xlogy(weights, weights).sum(-1).mean(-1),
    }
    if task_keys is not None:
        keys, needs_one = task_keys
        each["needed"] = weights.gather(-1, keys.expand(weights.shape[:-1])[..., None])[..., needs_one, 0].mean(-1)
    offsets = torch.stack([diagonal(-offset) for offset in range(n)], -1)
    each["best_offset"] = offsets.gather(-1, offsets.mean(0).argmax(-1).expand(offsets.shape[:-1])[..., None])[..., 0]
    if detect == "by-hand":
        previous = torch.eye(n, dtype=torch.bool).roll(1, 0).tril(-1).expand(len(tokens), n, n)
        for name, mask in zip(HEAD_NAMES, [previous, equal, after_equal], strict=True):
            pattern = mask[:, None, None].float()
            each[f"{name}.mul"] = (weights * pattern).sum((-2, -1)) / weights.sum((-2, -1))
            each[f"{name}.abs"] = 1 - (weights - pattern).abs().sum((-2, -1)) / n
    else:
        each |= detected(model, tokens, cache if detect == "cached" else None)
    return {name: bootstrap.estimate(values) for name, values in each.items()}


def detected(model, tokens, cache):
    """`detect_head` of each sequence, with the cache of all of them or with a pass each time."""
    caches = [cache and cache.apply_slice_to_batch_dim(example) for example in range(len(tokens))]
    found = {}
    for name in HEAD_NAMES:
        for measure in ("mul", "abs"):
            each = [
                detect_head(model, one, name, error_measure=measure, cache=of_one)
                for one, of_one in zip(tokens.split(1), caches, strict=True)
            ]
            found[f"{name}.{measure}"] = torch.stack(each)
    return found


def ablate(model, task, replacements, count, generator):
    """Loss, exact match and their changes for every part and replacement."""
    tokens, answers = task.examples(count, generator)
    bootstrap = Bootstrap(count, generator)
    layers, n_heads = range(model.cfg.n_layers), model.cfg.n_heads
    sites = [(f"blocks.{layer}.attn.hook_z", head) for layer in layers for head in range(n_heads)]
    sites += [(f"blocks.{layer}.hook_mlp_out", slice(None)) for layer in layers]
    found = {}
    with torch.no_grad():
        logits, cache = model.run_with_cache(tokens, names_filter=lambda name: name in {name for name, _ in sites})
        baseline = torch.stack(task.outcome(logits, answers), 1)
        found["baseline"] = bootstrap.estimate(baseline)
        others = torch.randperm(count, generator=generator)
        for name, head in sites:
            own = cache[name]
            values = {
                "zero": torch.zeros_like(own),
                "mean": own.mean(0, keepdim=True).expand_as(own),
                "resample": own[others],
            }
            for replacement in replacements:
                value = values[replacement]
                if name.endswith("hook_z"):

                    def hook(z, hook, value=value, head=head):
                        z = z.clone()
                        z[:, :, head] = value[:, :, head]
                        return z

                else:

                    def hook(output, hook, value=value):
                        return value

                logits = model.run_with_hooks(tokens, fwd_hooks=[(name, hook)])
                outcome = torch.stack(task.outcome(logits, answers), 1)
                found[f"{name}.{'all' if isinstance(head, slice) else head}.{replacement}"] = bootstrap.estimate(torch.cat([outcome, outcome - baseline], 1))
    found["importance"] = bootstrap.estimate(importance(model, task, tokens, answers))
    return found


def importance(model, task, tokens, answers):
    """|∂L/∂ξ| of each example at gates ξ = 1, `[examples, layers, heads]`: one backward pass, as every example has gates of its own."""
    gates = torch.ones(len(tokens), model.cfg.n_layers, model.cfg.n_heads, requires_grad=True)
    hooks = [
        (f"blocks.{layer}.attn.hook_z", lambda z, hook, layer=layer: z * gates[:, None, layer, :, None])
        for layer in range(model.cfg.n_layers)
    ]
    loss, _ = task.outcome(model.run_with_hooks(tokens, fwd_hooks=hooks), answers)
    return torch.autograd.grad(loss.sum(), gates)[0].abs()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True, help="a run of the copy task with a decoder alone")
    parser.add_argument("--what", choices=["heads", "ablate"], required=True)
    parser.add_argument("--examples", type=int, default=256)
    parser.add_argument("--detect", choices=["cached", "one-by-one", "by-hand"], default="cached")
    parser.add_argument("--with", dest="replacements", default="mean", help="zero, mean, resample, separated by commas")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print the numbers too")
    arguments = parser.parse_args()
    imported = time.perf_counter()

    torch.set_num_threads(arguments.threads)
    task = Task(arguments.run)
    model = load(arguments.run, task)
    loaded, busy = time.perf_counter(), time.process_time()

    generator = torch.Generator().manual_seed(arguments.seed)
    if arguments.what == "heads":
        found = heads(model, task, arguments.examples, arguments.detect, generator)
    else:
        found = ablate(model, task, arguments.replacements.split(","), arguments.examples, generator)
    found = {name: estimate.tolist() for name, estimate in found.items()}
    end = time.perf_counter()

    answer = {
        "import_seconds": imported - BEGIN,
        "load_seconds": loaded - imported,
        "seconds": end - loaded,
        "processor_seconds": time.process_time() - busy,
        "numbers": sum(torch.tensor(estimate).numel() for estimate in found.values()),
    }
    if arguments.show:
        answer["found"] = found
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
