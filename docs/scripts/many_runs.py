"""Makes a sweep of many runs out of one, to measure what `headlight collect` costs: many_runs.py SWEEP COUNT OUT [STEPS].

SWEEP is a finished sweep with several seeds and nothing else varied; its runs are copied in turn, each copy with settings, seed and list of files
of its own. Checkpoints and models, which `collect` does not read, are links to one file, so that the disk holds them once. With STEPS the
metrics of each run are repeated to so many lines, as those of a run that was not solved.
"""

import json
import os
import pathlib
import sys
import zlib

sweep, count, out = pathlib.Path(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
steps = int(sys.argv[4]) if len(sys.argv) > 4 else None
plan = json.loads((sweep / "sweep.json").read_text())
heads, widths = ["1", "2", "4", "8"], ["16", "32", "64", "128", "256"]
seeds = [str(seed) for seed in range(-(-count // (len(heads) * len(widths))))]
listed = lambda name, data: json.dumps({"file": name, "bytes": len(data), "crc32": zlib.crc32(data)}, separators=(",", ":")) + "\n"


def metrics_of(text):
    lines = text.splitlines(keepends=True)
    if steps is None:
        return text, len(lines)
    number = lambda line, step: '{"step":%d,%s' % (step, line.split(",", 1)[1])
    return "".join(number(lines[step % len(lines)], step + 1) for step in range(steps)), steps


files = [{path.name: path.read_bytes() for path in (sweep / run["directory"]).iterdir() if path.is_file()} for run in plan["runs"]]
texts = [metrics_of(each["metrics.jsonl"].decode()) for each in files]
runs = []
for number in range(count):
    source = number % len(files)
    run = json.loads(json.dumps(plan["runs"][source]))
    at = divmod(number, len(seeds))
    seed, settings = int(seeds[at[1]]), {"heads": heads[at[0] // len(widths)], "d-model": widths[at[0] % len(widths)]}
    run.update(number=number, directory=f"runs/{number:04}", settings={**settings, "seed": str(seed)})
    run["config"]["training"]["seed"] = seed
    runs.append(run)
    place = out / run["directory"]
    place.mkdir(parents=True)
    result = json.loads(files[source]["result.json"])
    result.update(seed=seed, steps=texts[source][1], solved=(number * 7919) % 10 < 7)
    written = {
        "config.json": json.dumps(run["config"], indent=2).encode() + b"\n",
        "attention.safetensors": files[source]["attention.safetensors"],
        "result.json": json.dumps(result, indent=2).encode() + b"\n",
    }
    run["config"]["training"]["max_steps"] = result["steps"]
    for name, data in written.items():
        (place / name).write_bytes(data)
    (place / "metrics.jsonl").write_text(texts[source][0])
    for name in ["checkpoint.safetensors", "model.safetensors"]:
        os.link(sweep / plan["runs"][source]["directory"] / name, place / name)
    (place / "files.jsonl").write_text('{"file":"metrics.jsonl"}\n' + "".join(listed(*each) for each in written.items()))

axes = [{"name": "heads", "values": heads}, {"name": "d-model", "values": widths}, {"name": "seed", "values": seeds}]
plan.update(axes=axes, runs=runs)
data = json.dumps(plan).encode()
(out / "sweep.json").write_bytes(data)
(out / "files.jsonl").write_text(listed("sweep.json", data))
