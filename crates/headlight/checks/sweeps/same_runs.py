"""Compares the runs of two sweeps: `same_runs.py SWEEP OTHER` ends with an error where a file differs in more than clock readings.

A run's `.headlight-lock`, which is empty, is not counted."""
import json
import sys
from pathlib import Path

CLOCK = {"seconds", "tokens_per_second", "train_seconds"}
WITH_CLOCK = {"metrics.jsonl", "result.json"}


def without_clock(entry):
    return {name: value for name, value in entry.items() if name not in CLOCK}


def read(file):
    """A file's bytes; of one with clock readings, what else it says; of a run's list, the last entry for each file."""
    if file.name == "files.jsonl":
        entries = [json.loads(line) for line in file.read_text().splitlines()]
        last = {entry["file"]: entry for entry in entries}
        return {name: name if name in WITH_CLOCK else entry for name, entry in last.items()}
    if file.name == "metrics.jsonl":
        return [without_clock(json.loads(line)) for line in file.read_text().splitlines()]
    if file.name == "result.json":
        return without_clock(json.loads(file.read_text()))
    return file.read_bytes()


def contents(sweep):
    files = [sweep / "sweep.json", *(path for path in sorted((sweep / "runs").rglob("*")) if path.is_file() and path.name != ".headlight-lock")]
    return {str(file.relative_to(sweep)): read(file) for file in files}


one, other = (contents(Path(name)) for name in sys.argv[1:3])
runs = sum(name.endswith("result.json") for name in one)
planned = len(json.loads(one["sweep.json"])["runs"])
assert runs == planned, f"{sys.argv[1]}: {runs} of {planned} runs have ended"
differing = [name for name in sorted(one | other) if one.get(name) != other.get(name)]
assert not differing, f"{len(differing)} files differ, such as {differing[0]}"
print(f"{sys.argv[2]}: {runs} runs, {len(one)} files as in {sys.argv[1]}")
