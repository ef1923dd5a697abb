"""Writes golden examples: a V2 request with the answer that onnxruntime gives in Python.

The playground offers them, a server warms up with them, and `check.ts` sends them again and compares.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime as ort

DATATYPES = {"float32": "FP32", "int64": "INT64", "object": "BYTES"}


def answer(model: Path, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs as tensors; what ZipMap returns, one map for each row, as the scores that it was made of."""
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return {name: tensor(value) for name, value in zip(names, session.run(None, dict(inputs)), strict=True)}


def tensor(value: object) -> np.ndarray:
    if isinstance(value, list):
        return np.array([list(row.values()) for row in value], np.float32)
    return np.asarray(value)


def v2(name: str, array: np.ndarray) -> dict[str, object]:
    """One tensor of a V2 body, its data flat; FP32 in the shortest form that reads back the same."""
    array = array.astype(object) if array.dtype.kind == "U" else array
    flat = array.ravel().tolist() if array.dtype != np.float32 else [float(str(item)) for item in array.ravel()]
    return {"name": name, "datatype": DATATYPES[str(array.dtype)], "shape": list(array.shape), "data": flat}


def outputs(model: Path, inputs: Mapping[str, np.ndarray]) -> dict[str, object]:
    return {"outputs": [v2(name, array) for name, array in answer(model, inputs).items()]}


def write_example(model: Path, name: str, inputs: Mapping[str, np.ndarray], tolerance: float = 1e-5) -> None:
    """Writes `examples/<name>.json` in the package of `<package>/<version>/model.onnx`."""
    request = {"inputs": [v2(key, array) for key, array in inputs.items()]}
    write(model, name, {"request": request, "response": outputs(model, inputs), "tolerance": tolerance})


def write_file_example(model: Path, name: str, file: str, expected: dict[str, object], tolerance: float) -> None:
    """The same for a request whose body is a file beside the example."""
    write(model, name, {"request": {"file": file}, "response": expected, "tolerance": tolerance})


def write(model: Path, name: str, example: dict[str, object]) -> None:
    folder = model.parent.parent / "examples"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(example, ensure_ascii=False) + "\n", encoding="utf-8")
