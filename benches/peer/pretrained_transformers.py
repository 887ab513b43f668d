#!/usr/bin/env python3
"""What `headlight attend` does, by Hugging Face's transformers and matplotlib, as somebody does who looks at a model's attention.

The model is read from a directory with `attn_implementation="eager"`, without which transformers has no weights to give; the text is
encoded, one pass made with `output_attentions=True`, and every head drawn into one picture, a row for each layer, on colours fixed at 0 to 1.

    pretrained_transformers.py --model DIR --text "the cat sat on the mat" --out picture.png --repetitions 0

`start_to_picture_s` counts from the first line of this program, before torch is imported; whoever starts the process can take its whole
time (with `--repetitions 0`, so that nothing comes after the picture). `peak_mib` is the most that the process held until then.
`forward_ms` is the median of the passes after it: with weights, as above. Prints one JSON line.
"""

import time

BEGIN = time.perf_counter()

import argparse  # noqa: E402  the imports are timed
import json  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import statistics  # noqa: E402

os.environ["HF_HUB_OFFLINE"] = "1"

import matplotlib  # noqa: E402

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402


def model_class(path):
    """The class that the model was saved as, so that a language model's logits are computed here, too."""
    names = transformers.AutoConfig.from_pretrained(path).architectures
    return getattr(transformers, names[0]) if names else transformers.AutoModel


def draw(attentions, path):
    """Draws every head of every layer, [n_layers] times [1, n_heads, queries, keys]."""
    layers, heads = len(attentions), attentions[0].shape[1]
    figure, panels = plt.subplots(layers, heads, figsize=(1.5 * heads, 1.5 * layers), squeeze=False)
    for layer, weights in enumerate(attentions):
        for head, axes in enumerate(panels[layer]):
            axes.imshow(weights[0, head].numpy(), cmap="viridis", vmin=0, vmax=1)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_title(f"L{layer} H{head}", fontsize=6)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, help="directory with config.json, parameters and tokenizer")
    parser.add_argument("--text", required=True)
    parser.add_argument("--out", required=True, help="the picture, a PNG file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=10)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    imported = time.perf_counter()
    tokenizer = transformers.AutoTokenizer.from_pretrained(arguments.model)
    model = model_class(arguments.model).from_pretrained(arguments.model, attn_implementation="eager", dtype=torch.float32).eval()
    loaded = time.perf_counter()
    inputs = tokenizer(arguments.text, return_tensors="pt")

    def forward():
        # Without a cache: Headlight computes none here either.
        options = {"use_cache": False} if hasattr(model.config, "use_cache") else {}
        with torch.no_grad():
            return model(**inputs, output_attentions=True, **options).attentions

    attentions = forward()
    computed = time.perf_counter()
    draw(attentions, arguments.out)
    drawn = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = []
    for _ in range(arguments.repetitions):
        begin = time.perf_counter()
        forward()
        times.append((time.perf_counter() - begin) * 1e3)
    print(json.dumps({
        "tokens": inputs["input_ids"].shape[1],
        "start_to_picture_s": drawn - BEGIN,
        "import_s": imported - BEGIN,
        "load_s": loaded - imported,
        "first_forward_s": computed - loaded,
        "draw_s": drawn - computed,
        "forward_ms": statistics.median(times) if times else None,
        "peak_mib": peak,
    }), flush=True)


if __name__ == "__main__":
    main()
