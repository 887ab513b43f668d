"""Checks ONNX files against what Headlight itself computes: python check_onnx.py DIR.

Every NAME.onnx in DIR passes onnx.checker in full and strict shape inference. Beside NAME.reference.safetensors, which
onnx_reference.rs wrote, onnxruntime gives the same output within 1e-4 and the same attention weights within 1e-5 on all
32 inputs; NAME.encoder.onnx and NAME.decoder.onnx do so together.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

OUTPUT, ATTENTION = 1e-4, 1e-5


def check_structure(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    declared = {value.name for value in [*inferred.graph.value_info, *inferred.graph.output, *inferred.graph.input]}
    made = {name for node in inferred.graph.node for name in node.output}
    assert made <= declared, f"{path}: no shape is known of {sorted(made - declared)[:3]}"
    dynamic = [dim.dim_param for value in model.graph.input for dim in value.type.tensor_type.shape.dim if dim.dim_param]
    assert "batch_size" in dynamic and len(set(dynamic)) > 1, f"{path}: dynamic axes are {dynamic}"
    assert len({node.name for node in model.graph.node}) == len(model.graph.node), f"{path}: two nodes share a name"


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run(session, values):
    """The outputs by name, from whichever of `values` the session wants."""
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {wanted.name: values[wanted.name] for wanted in session.get_inputs()})))


def cases(path):
    """For each input of the reference: what goes in, and what should come out, by kind and name."""
    numbered = {}
    for key, tensor in load_file(path).items():
        number, kind, name = key.split(".", 2)
        numbered.setdefault(number, {}).setdefault(kind, {})[name] = tensor
    return [numbered[number] for number in sorted(numbered)]


def difference(found, expected):
    assert found.keys() >= expected.keys(), f"missing outputs: {expected.keys() - found.keys()}"
    worst = 0.0
    for name, right in expected.items():
        assert found[name].shape == right.shape, f"{name} is {found[name].shape}, not {right.shape}"
        assert np.isfinite(found[name]).all(), f"{name} is not finite"
        worst = max(worst, float(np.abs(found[name] - right).max()))
    return worst


def compare(name, sessions, reference):
    """The largest differences of outputs and attention weights."""
    output, attention, shapes = 0.0, 0.0, set()
    for case in cases(reference):
        values = dict(case["in"])
        for one in sessions:
            values.update(run(one, values))
        output = max(output, difference(values, case["out"]))
        output = max(output, difference(values, case.get("between", {}) if len(sessions) > 1 else {}))
        attention = max(attention, difference(values, case["attention"]))
        shapes.update(tensor.shape[:2] for tensor in case["in"].values())
    assert len(shapes) >= 8, f"{name}: only {shapes}"
    print(f"{name:66} output {output:.1e}  attention {attention:.1e}  ({len(shapes)} shapes)")
    assert output <= OUTPUT and attention <= ATTENTION, f"{name} differs"


def main(directory):
    paths = sorted(directory.glob("*.onnx"))
    assert paths, f"no ONNX files in {directory}"
    for path in paths:
        check_structure(path)
    compared = 0
    for reference in sorted(directory.glob("*.reference.safetensors")):
        name = reference.name.removesuffix(".reference.safetensors")
        whole, halves = directory / f"{name}.onnx", [directory / f"{name}.{half}.onnx" for half in ("encoder", "decoder")]
        compare(name, [session(whole)], reference)
        if all(half.exists() for half in halves):
            compare(f"{name} in two halves", [session(half) for half in halves], reference)
        compared += 1
    assert compared, "no references"
    print(f"{len(paths)} files are sound, {compared} models agree")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
