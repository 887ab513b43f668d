"""Opens an ONNX file in Netron, by Netron's own loader, in headless Chromium: python check_netron.py MODEL.onnx SCREENSHOT.png.

Netron's server runs here; netron.mjs beside this file is the browser's side, and needs playwright-core in NODE_PATH.
"""

import json
import subprocess
import sys
from pathlib import Path

import netron
import onnx


def main(path, screenshot):
    host, port = netron.start(path, address=("127.0.0.1", 0), browse=False)
    try:
        script = Path(__file__).with_name("netron.mjs")
        page = subprocess.run(
            ["node", script, f"http://{host}:{port}", screenshot], capture_output=True, text=True, timeout=120
        )
    finally:
        netron.stop((host, port))
    assert page.returncode == 0, page.stderr
    shown = set(json.loads(page.stdout))
    graph = onnx.load(path).graph
    wanted = {node.op_type for node in graph.node} | {value.name for value in [*graph.input, *graph.output]}
    assert wanted <= shown, f"Netron does not show {sorted(wanted - shown)}; it shows {sorted(shown)[:20]}"
    print(f"Netron {netron.__version__} shows {path}: every operator, input and output, {len(wanted)} names")


if __name__ == "__main__":
    main(*sys.argv[1:])
