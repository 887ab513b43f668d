"""Checks that a run's ONNX file writes what Headlight writes: python check_greedy.py HEADLIGHT RUN MODEL.onnx.

The most likely token each time, in onnxruntime and in `headlight generate`, for questions of the copy task.
"""

import json
import random
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime


def greedy(session, vocabulary, question):
    numbers = {token: number for number, token in enumerate(vocabulary)}
    source = [numbers[token] for token in question]
    has_encoder = {value.name for value in session.get_inputs()} == {"source", "target"}
    target = [numbers["BOS"]] if has_encoder else [numbers["BOS"], *source, numbers["SEP"]]
    prompt = len(target)
    for _ in question:
        read = {"source": [source], "target": [target]} if has_encoder else {"tokens": [target]}
        [logits] = session.run(["logits"], {name: np.array(ids, dtype=np.int64) for name, ids in read.items()})
        target.append(int(logits[0, -1].argmax()))
    return [vocabulary[number] for number in target[prompt:]]


def main(headlight, run, path):
    metadata = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert metadata["task"] == "copy" and metadata["headlight_version"], metadata
    vocabulary = json.loads(metadata["vocabulary"])
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    symbols = [token for token in vocabulary if token.isdigit()]
    draw = random.Random(0)
    right = 0
    for _ in range(12):
        question = [draw.choice(symbols) for _ in range(10)]
        said = subprocess.run(
            [headlight, "generate", run, "--input", " ".join(question)], capture_output=True, text=True, check=True
        ).stdout
        [answer] = [line.removeprefix("answer:").split() for line in said.splitlines() if line.startswith("answer:")]
        found = greedy(session, vocabulary, question)
        assert found == answer, f"{question}: onnxruntime says {found}, Headlight {answer}"
        right += found == question
    print(f"{path}: 12 answers are Headlight's own, {right} of them right")
    assert right, "a trained model copies something"


if __name__ == "__main__":
    main(*sys.argv[1:])
