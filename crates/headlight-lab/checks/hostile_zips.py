"""Zips that are no saved runs, made from one that is: hostile_zips.py RUN DIR, RUN being a run's directory."""

import io
import json
import pathlib
import sys
import zipfile

run, out = map(pathlib.Path, sys.argv[1:])
files = {f"copy/{path.name}": path.read_bytes() for path in run.iterdir() if path.is_file()}


def zipped(files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def configured(change):
    config = json.loads(files["copy/config.json"])
    change(config)
    # Without the list of what was written, nothing says that it was changed.
    changed = {name: content for name, content in files.items() if not name.endswith("files.jsonl")}
    return zipped({**changed, "copy/config.json": json.dumps(config)})


def enormous(config):
    config["model"].update(d_model=1 << 20, n_layers=1000)


def hostile(config):
    config["task"]["name"] = "<img src=x onerror=alert(1)>\x1b[31m\u202e"


whole = zipped(files)
made = {
    "begins-like-one": b"PK\x03\x04" + bytes(range(256)) * 64,
    "cut": whole[: len(whole) // 2],
    "bomb": zipped({**files, "copy/checkpoint.safetensors": bytes(1 << 30)}),
    "climbs": zipped({"../../" + name: content for name, content in files.items()}),
    "nothing-in-it": zipped({}),
    "enormous": configured(enormous),
    "hostile-task": configured(hostile),
    "no-json": zipped({**files, "copy/config.json": b"{" * 100_000}),
    "no-tensors": zipped({**files, "copy/checkpoint.safetensors": b"\xff" * 4096}),
}
for name, content in made.items():
    (out / f"{name}.zip").write_bytes(content)
(out / "whole.zip").write_bytes(whole)
