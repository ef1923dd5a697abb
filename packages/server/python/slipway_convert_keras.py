"""TensorFlow: SavedModel folders and Keras files, by tf2onnx."""
import os
import subprocess
import sys

import numpy as np
from slipway_convert import Refused, versions, write_rows
from slipway_convert_torch import arrays_of

PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "tf2onnx", "onnx")


def convert(request, progress):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    import onnx
    import tensorflow as tf

    progress(1, "opening the model")
    folder = request["path"] if request["kind"] == "savedmodel" else exported(request)
    loaded = tf.saved_model.load(folder)
    keys = list(loaded.signatures.keys())
    if not keys:
        raise Refused("the SavedModel has no signature; save it with signatures, or with model.export in Keras")
    key = "serving_default" if "serving_default" in keys else keys[0]
    serve = loaded.signatures[key]
    specs = serve.structured_input_signature[1]
    names = list(specs)
    example = [np.zeros([2 if size is None and axis == 0 else 8 if size is None else size for axis, size in enumerate(one.shape)], dtype=one.dtype.as_numpy_dtype if one.dtype != tf.string else np.float32) for one in specs.values()]
    progress(2, "reading the data" if request.get("data") else "making rows from the shapes of the inputs")
    free_rows = all(one.shape.rank and one.shape[0] is None for one in specs.values())
    arrays, generated = arrays_of(request, names, example, free_rows)
    arrays = [array.astype(one.dtype) for array, one in zip(arrays, example)]
    progress(3, "converting")
    path = os.path.join(request["out"], "model.onnx")
    run_tf2onnx(folder, key, request.get("opset") or 17, path)
    made = onnx.load(path)
    progress(4, "asking the original")
    inputs = dict(zip(names, arrays))
    missing = [name for name in names if name not in [one.name for one in made.graph.input]]
    if missing:
        raise Refused("tf2onnx made a graph without the input %s" % missing[0])

    def answer(start, end):
        return {name: value.numpy() for name, value in serve(**{name: tf.constant(array[start:end]) for name, array in inputs.items()}).items()}

    rows = len(arrays[0])
    examples = write_rows(os.path.join(request["out"], "rows.jsonl"), inputs, answer, rows, chunk=16 if free_rows else 1)
    found = versions(PACKAGES)
    return {
        "by": "tf2onnx %s" % found.get("tf2onnx"),
        "packages": {name: version for name, version in found.items() if name not in ("onnx", "tf2onnx")},
        "kind": request["kind"],
        "task": "raw",
        "inputs": {},
        "outputs": {},
        "rows": rows,
        "generated": generated,
        "examples": examples if sum(array[0].size for array in arrays) <= 20000 else [],
    }


def exported(request):
    import keras

    try:
        model = keras.saving.load_model(request["path"], compile=False)
    except Exception as error:
        raise Refused("%s could not be opened by Keras %s: %s" % (os.path.basename(request["path"]), keras.__version__, str(error).split("\n")[0][:300]))
    folder = os.path.join(request["out"], "saved")
    model.export(folder, verbose=False)
    return folder


def run_tf2onnx(folder, key, opset, path):
    command = [sys.executable, "-I", "-m", "tf2onnx.convert", "--saved-model", folder, "--signature_def", key, "--opset", str(opset), "--output", path]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    sys.stderr.write(ended.stdout)
    if ended.returncode != 0:
        lines = [line for line in ended.stdout.splitlines() if line.strip()]
        raise Refused("tf2onnx failed: %s" % " / ".join(lines[-3:])[:600])
