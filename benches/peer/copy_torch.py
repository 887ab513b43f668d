#!/usr/bin/env python3
"""The copy task in PyTorch on the processor, for measuring beside Headlight.

From shared/peer/copy_torch.py of the project's start. Changed, so that both sides do the same work:

- The encoder-decoder has Headlight's task: 16 symbols and BOS, ten source tokens, ten target tokens beginning with BOS, ten
  predicted. (It had the vocabulary and the nine predictions of The Annotated Transformer.)
- Gradients are clipped to a common norm of 1.
- The recipe is Headlight's: its learning rates, warm-up and decay, its initial weights, an evaluation every ten steps. So
  both sides need about the same number of steps, and what differs is the time that they take.
- `--fixed-steps` counts from the eleventh step on: PyTorch's first steps take a second to set things up, which belongs to the
  time of a whole process and not to steps per second.
- `--draw` makes four heatmaps and a grid of them with matplotlib, in this process, once the task is solved.
- Options that the comparison does not use (learned positions, torch.compile, saving) are gone.

Both sides evaluate on 512 sequences that training does not see, generated token by token. This one first looks whether the
teacher-forced answers are all right, which is cheaper, and generates only then.

Prints one JSON line.
"""

import argparse
import json
import math
import os
import time

import torch
from torch import nn

SYMBOLS, LENGTH = 16, 10
BOS, SEP = SYMBOLS, SYMBOLS + 1
LAYERS, WIDTH, HEADS, INNER = 2, 64, 4, 256
BATCH_SIZE, HELD_OUT = 64, 512
WARMUP_STEPS, DECAY_STEPS, FLOOR = 10, 70, 0.1
RESIDUAL_GAIN = 0.1
UNTIMED_STEPS = 10


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.output.gain = RESIDUAL_GAIN

    def forward(self, x, memory, causal, weights=None):
        """Attends from x to memory; adds the weights to the list `weights`, if there is one."""
        batch_size, queries, _ = x.shape
        query, key, value = self._split(self.query(x)), self._split(self.key(memory)), self._split(self.value(memory))
        if weights is None:
            context = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
        else:
            scores = query @ key.transpose(-1, -2) / math.sqrt(WIDTH // HEADS)
            if causal:
                hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
                scores = scores.masked_fill(hidden, float("-inf"))
            weights.append(scores.softmax(-1))
            context = weights[-1] @ value
        return self.output(context.transpose(1, 2).reshape(batch_size, queries, WIDTH))

    @staticmethod
    def _split(projected):
        batch_size, length, _ = projected.shape
        return projected.view(batch_size, length, HEADS, WIDTH // HEADS).transpose(1, 2)


class Block(nn.Module):
    """Pre-norm, as Headlight's."""

    def __init__(self, looks_at_source):
        super().__init__()
        self.norm_attention, self.self_attention = nn.LayerNorm(WIDTH), Attention()
        if looks_at_source:
            self.norm_cross, self.cross = nn.LayerNorm(WIDTH), Attention()
        self.norm_feed_forward = nn.LayerNorm(WIDTH)
        self.feed_forward = nn.Sequential(nn.Linear(WIDTH, INNER), nn.ReLU(), nn.Linear(INNER, WIDTH))
        self.feed_forward[2].gain = RESIDUAL_GAIN

    def forward(self, x, memory, causal, weights=None):
        normed = self.norm_attention(x)
        x = x + self.self_attention(normed, normed, causal, weights)
        if memory is not None:
            x = x + self.cross(self.norm_cross(x), memory, False)
        return x + self.feed_forward(self.norm_feed_forward(x))


class TokenEmbedding(nn.Module):
    def __init__(self, vocabulary, length):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, WIDTH)
        self.register_buffer("positions", sinusoids(length))

    def forward(self, ids):
        return self.tokens(ids) * math.sqrt(WIDTH) + self.positions[: ids.shape[1]]


class Stack(nn.Module):
    """Embedding, blocks and a last norm: an encoder, or a decoder without its output layer."""

    def __init__(self, vocabulary, length, causal, looks_at_source):
        super().__init__()
        self.causal = causal
        self.embedding = TokenEmbedding(vocabulary, length)
        self.blocks = nn.ModuleList(Block(looks_at_source) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, ids, memory=None, weights=None):
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x, memory, self.causal, weights)
        return self.norm(x)


class Decoder(nn.Module):
    """One sequence: BOS, the source, SEP, the answer."""

    vocabulary = SYMBOLS + 2

    def __init__(self):
        super().__init__()
        self.decoder = Stack(self.vocabulary, 2 * LENGTH + 1, causal=True, looks_at_source=False)
        self.output = nn.Linear(WIDTH, self.vocabulary)

    def prompt(self, source):
        mark = source.new_full((len(source), 1), BOS)
        return torch.cat([mark, source, torch.full_like(mark, SEP)], 1)

    def encode(self, source):
        return None

    def decode(self, target, memory, weights=None):
        return self.output(self.decoder(target, memory, weights))


class EncoderDecoder(nn.Module):
    """The source goes to the encoder; the decoder reads BOS and the answer."""

    vocabulary = SYMBOLS + 1

    def __init__(self):
        super().__init__()
        self.encoder = Stack(self.vocabulary, LENGTH, causal=False, looks_at_source=False)
        self.decoder = Stack(self.vocabulary, LENGTH, causal=True, looks_at_source=True)
        self.output = nn.Linear(WIDTH, self.vocabulary)

    def prompt(self, source):
        return source.new_full((len(source), 1), BOS)

    def encode(self, source):
        return self.encoder(source)

    def decode(self, target, memory, weights=None):
        return self.output(self.decoder(target, memory, weights))


def sinusoids(length):
    positions = torch.arange(length).unsqueeze(1).float()
    rates = torch.exp(torch.arange(0, WIDTH, 2).float() * -(math.log(10000.0) / WIDTH))
    table = torch.zeros(length, WIDTH)
    table[:, 0::2], table[:, 1::2] = torch.sin(positions * rates), torch.cos(positions * rates)
    return table


def initialise(model):
    """Headlight's initial weights: Glorot's, a tenth of them where a layer adds to the stream, small embeddings."""
    for part in model.modules():
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight, gain=getattr(part, "gain", 1.0))
            nn.init.zeros_(part.bias)
        elif isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, std=0.5 / math.sqrt(WIDTH))


def learning_rate_factor(step):
    if step < WARMUP_STEPS:
        return step / WARMUP_STEPS
    if step < DECAY_STEPS:
        progress = (step - WARMUP_STEPS) / (DECAY_STEPS - WARMUP_STEPS)
        return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * progress))
    return FLOOR


def draw_sources(count, generator):
    return torch.randint(0, SYMBOLS, (count, LENGTH), generator=generator)


def answer_logits(model, source):
    """Teacher-forced: the logits at the ten places where the answer is predicted."""
    prompt = model.prompt(source)
    target = torch.cat([prompt, source[:, :-1]], 1)
    return model.decode(target, model.encode(source))[:, prompt.shape[1] - 1 :]


@torch.no_grad()
def exact_match(model, source):
    """Share of the sources copied without an error, token by token; 0 as long as teacher forcing shows an error."""
    if not (answer_logits(model, source).argmax(-1) == source).all():
        return 0.0
    memory, target = model.encode(source), model.prompt(source)
    for _ in range(LENGTH):
        target = torch.cat([target, model.decode(target, memory)[:, -1:].argmax(-1)], 1)
    return (target[:, -LENGTH:] == source).all(1).float().mean().item()


@torch.no_grad()
def draw(model, source, directory):
    """Four heatmaps and a grid of them: the first layer of the decoder's self-attention."""
    import plot_mpl  # matplotlib takes a moment to load, and training does not need it

    os.makedirs(directory, exist_ok=True)
    target = torch.cat([model.prompt(source), source[:, :-1]], 1)
    weights = []
    model.decode(target, model.encode(source), weights)
    heads = weights[0][0].numpy()
    names = {BOS: "BOS", SEP: "SEP"}
    tokens = [names.get(token, str(token)) for token in target[0].tolist()]
    for head in range(HEADS):
        plot_mpl.draw_head(heads[head], head, tokens, os.path.join(directory, f"head{head}.png"))
    plot_mpl.draw_grid(heads, tokens, os.path.join(directory, "grid.png"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--architecture", choices=["decoder", "encoder-decoder"], default="decoder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--learning-rate", type=float, help="default: Headlight's, 8e-3, or 3e-3 with an encoder")
    parser.add_argument("--fixed-steps", type=int, help="time so many steps, without an evaluation")
    parser.add_argument("--max-steps", type=int, default=3000)
    parser.add_argument("--evaluate-every", type=int, default=10)
    parser.add_argument("--draw", metavar="DIR", help="draw the heads into DIR afterwards")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    model, peak_rate = (Decoder(), 8e-3) if arguments.architecture == "decoder" else (EncoderDecoder(), 3e-3)
    peak_rate = arguments.learning_rate or peak_rate
    initialise(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak_rate, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.01)
    train_generator = torch.Generator().manual_seed(1_000 + arguments.seed)
    held_out = draw_sources(HELD_OUT, torch.Generator().manual_seed(99_000 + arguments.seed))

    untimed = UNTIMED_STEPS if arguments.fixed_steps else 0
    solved = False
    begin = time.perf_counter()
    for step in range(1, untimed + (arguments.fixed_steps or arguments.max_steps) + 1):
        if step == untimed + 1:
            begin = time.perf_counter()
        source = draw_sources(BATCH_SIZE, train_generator)
        logits = answer_logits(model, source)
        loss = nn.functional.cross_entropy(logits.reshape(-1, model.vocabulary), source.reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = peak_rate * learning_rate_factor(step)
        optimizer.step()
        if not arguments.fixed_steps and step % arguments.evaluate_every == 0:
            solved = exact_match(model, held_out) == 1.0
            if solved:
                break
    seconds = time.perf_counter() - begin

    if arguments.draw:
        draw(model, held_out[:1], arguments.draw)
    answer = {
        "steps": step,
        "solved": solved,
        "loss": loss.item(),
        "seconds": seconds,
        "steps_per_second": (step - untimed) / seconds,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
    }
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
