"""Turns a trained model into ONNX and writes down what the original answers, for the proof that both agree.

Reads one JSON request from standard input and prints one JSON event a line: progress, then done or error. It runs in the model's own
environment and never in the server: opening a pickled file runs code.
"""
import importlib.metadata
import json
import os
import sys
import traceback

FAMILIES = {
    "pickle": "slipway_convert_sklearn",
    "xgboost": "slipway_convert_sklearn",
    "lightgbm": "slipway_convert_sklearn",
    "catboost": "slipway_convert_sklearn",
    "pt2": "slipway_convert_torch",
    "torchscript": "slipway_convert_torch",
    "factory": "slipway_convert_torch",
    "savedmodel": "slipway_convert_keras",
    "keras": "slipway_convert_keras",
}


class Refused(Exception):
    """What cannot be converted, in one sentence for people."""


def main():
    events = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)  # What the model's code prints is no event.
    sys.stdout = sys.stderr

    def emit(**event):
        events.write(json.dumps(event, allow_nan=False) + "\n")

    request = json.loads(sys.stdin.read())
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    sys.modules["slipway_convert"] = sys.modules["__main__"]
    if request.get("importFrom"):
        sys.path.insert(0, request["importFrom"])

    def progress(step, sentence):
        emit(event="progress", step=step, of=4, sentence=sentence)

    try:
        family = __import__(FAMILIES[request["kind"]])
        emit(event="done", **family.convert(request, progress))
    except Refused as refusal:
        emit(event="error", message=str(refusal), detail=None)
    except ImportError as error:
        missing = error.name or str(error)
        emit(event="error", detail=traceback.format_exc(), message="the package %s is missing (%s); name it in requirements.txt beside the model" % (missing, error))
    except Exception as error:  # noqa: BLE001 - whatever a framework raises is told
        emit(event="error", detail=traceback.format_exc(), message="%s: %s%s" % (type(error).__name__, first_line(error), "" if error.__cause__ is None else " (%s)" % first_line(error.__cause__)))


def first_line(error):
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else "no reason given")[:400]


def versions(names):
    """Those of the packages that are there."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


DATATYPES = {"float32": "FP32", "float64": "FP64", "float16": "FP16", "int64": "INT64", "int32": "INT32", "int16": "INT16",
             "int8": "INT8", "uint8": "UINT8", "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64", "bool": "BOOL"}


def v2(name, array):
    """A numpy array as a V2 tensor; a missing text is an empty one."""
    import numpy as np

    array = np.asarray(array)
    if array.dtype.kind in "OUS":
        data = ["" if missing(one) else str(one) for one in array.ravel().tolist()]
        return {"name": name, "datatype": "BYTES", "shape": list(array.shape), "data": data}
    return {"name": name, "datatype": DATATYPES[array.dtype.name], "shape": list(array.shape), "data": [plain(one) for one in array.ravel().tolist()]}


def missing(one):
    return one is None or one != one or str(one) == "<NA>"


def plain(one):
    if isinstance(one, float) and one != one:
        return "NaN"
    if one in (float("inf"), float("-inf")):
        return "Infinity" if one > 0 else "-Infinity"
    return one


def write_rows(path, inputs, answer, rows, chunk=64):
    """Lines of {rows, inputs, outputs}; `answer(from, to)` asks the original about these rows. Returns single rows for examples."""
    examples = []
    with open(path, "w", encoding="utf-8") as file:
        for start in range(0, rows, chunk):
            end = min(rows, start + chunk)
            given = [v2(name, array[start:end]) for name, array in inputs.items()]
            outputs = [v2(name, array) for name, array in answer(start, end).items()]
            file.write(json.dumps({"rows": end - start, "inputs": given, "outputs": outputs}) + "\n")
        for start, end in [(0, 1), (1, 2), (2, 3), (3, min(rows, 7))]:
            if start < end <= rows:
                outputs = [v2(name, array) for name, array in answer(start, end).items()]
                examples.append({"request": {"inputs": [v2(name, array[start:end]) for name, array in inputs.items()]}, "response": {"outputs": outputs}})
    return examples


def rename_outputs(model, names):
    """Gives the outputs of an ONNX graph these names, in their order."""
    renamed = {output.name: name for output, name in zip(model.graph.output, names) if output.name != name}
    taken = {name for node in model.graph.node for name in list(node.output)} | {one.name for one in model.graph.input}
    for old, new in renamed.items():
        if new in taken and new not in renamed:
            continue
        for node in model.graph.node:
            for side in (node.input, node.output):
                for index, name in enumerate(side):
                    if name == old:
                        side[index] = new
        for output in model.graph.output:
            if output.name == old:
                output.name = new


if __name__ == "__main__":
    main()
