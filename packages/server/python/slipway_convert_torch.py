"""PyTorch: exported programs, TorchScript, and modules that a function returns, by torch.onnx."""
import os

import numpy as np
from slipway_convert import Refused, rename_outputs, versions, write_rows

PACKAGES = ("torch", "torchvision", "numpy", "onnx", "onnxscript")


def convert(request, progress):
    import onnx
    import torch

    progress(1, "opening the model")
    opened = OPENERS[request["kind"]](request)
    model, names, example, free_rows = opened
    progress(2, "reading the data" if request.get("data") else "making rows from the shapes of the inputs")
    arrays, generated = arrays_of(request, names, example, free_rows)
    progress(3, "converting")
    os.makedirs(request["out"], exist_ok=True)
    path = os.path.join(request["out"], "model.onnx")
    tensors = tuple(torch.from_numpy(array[:2] if free_rows else array[:1].reshape(one.shape)) for array, one in zip(arrays, example))
    by = export(model, request, path, (tensors, names, free_rows))
    made = onnx.load(path)
    outputs = ask(model, tensors)
    out_names = ["output"] if len(outputs) == 1 else ["output_%d" % index for index in range(len(outputs))]
    rename_outputs(made, out_names)
    onnx.save(made, path)
    for name in os.listdir(request["out"]):
        if name.startswith("model.onnx") and name != "model.onnx":  # Its tensors are in the file now.
            os.remove(os.path.join(request["out"], name))
    progress(4, "asking the original")
    inputs = {one.name: array for one, array in zip(made.graph.input, arrays)}

    def answer(start, end):
        given = tuple(torch.from_numpy(np.ascontiguousarray(array[start:end])) for array in arrays)
        if not free_rows:
            given = tuple(one.reshape(like.shape) for one, like in zip(given, example))
        return dict(zip(out_names, ask(model, given)))

    rows = len(arrays[0])
    examples = write_rows(os.path.join(request["out"], "rows.jsonl"), inputs, answer, rows, chunk=16 if free_rows else 1) if free_rows else one_by_one(request, inputs, answer, rows)
    found = versions(PACKAGES)
    return {
        "by": by % found,
        "packages": {name: version for name, version in found.items() if name not in ("onnx", "onnxscript")},
        "kind": request["kind"],
        "task": "raw",
        "inputs": {},
        "outputs": {},
        "rows": rows,
        "generated": generated,
        "examples": examples if sum(array[0].size for array in arrays) <= 20000 else [],
    }


def one_by_one(request, inputs, answer, rows):
    return write_rows(os.path.join(request["out"], "rows.jsonl"), inputs, answer, rows, chunk=1)[:3]


def ask(model, tensors):
    import torch

    with torch.no_grad():
        answered = model(*tensors)
    if isinstance(answered, dict):
        answered = list(answered.values())
    found = list(answered) if isinstance(answered, (list, tuple)) else [answered]
    if not all(isinstance(one, torch.Tensor) for one in found):
        raise Refused("the model returns %s; only tensors, and lists and dicts of tensors, can be outputs" % type(found[0]).__name__)
    return [one.detach().cpu().numpy() for one in found]


def export(model, request, path, about):
    import torch

    tensors, names, free_rows = about
    if request["kind"] == "torchscript":
        axes = {name: {0: "batch"} for name in names + ["output"]} if free_rows else None
        torch.onnx.export(model, tensors, path, input_names=names, output_names=["output"] if axes else None, dynamic_axes=axes, opset_version=request.get("opset") or 17, dynamo=False)
        return "torch.onnx of torch %(torch)s"
    if request["kind"] == "pt2":
        torch.onnx.export(model.program, dynamo=True, **opset(request)).save(path, external_data=False)
        return "torch.onnx of torch %(torch)s"
    dynamic = tuple({0: torch.export.Dim("batch")} for _ in tensors) if free_rows else None
    try:
        torch.onnx.export(model, tensors, dynamo=True, dynamic_shapes=dynamic, input_names=names, **opset(request)).save(path, external_data=False)
    except Exception as error:
        raise Refused("torch.onnx could not export it: %s" % [line for line in str(error).splitlines() if line.strip()][-1][:400])
    return "torch.onnx of torch %(torch)s"


def opset(request):
    return {"opset_version": request["opset"]} if request.get("opset") else {}


class Program:
    """An exported program that is called like its module."""

    def __init__(self, program):
        self.program, self.module = program, program.module()

    def __call__(self, *tensors):
        return self.module(*tensors)


def open_program(request):
    import torch

    try:
        program = torch.export.load(request["path"])
    except Exception as error:
        raise Refused("%s is no exported program that this PyTorch reads: %s" % (os.path.basename(request["path"]), str(error).split("\n")[0][:300]))
    names = [one.arg.name for one in program.graph_signature.input_specs if one.kind.name == "USER_INPUT"]
    metas = [node.meta["val"] for node in program.graph.nodes if node.op == "placeholder" and node.name in names]
    free = all(not isinstance(one.shape[0], int) for one in metas if one.dim() > 0)
    example = [np.zeros([size if isinstance(size, int) else (2 if axis == 0 else 8) for axis, size in enumerate(one.shape)], dtype=str(one.dtype).split(".")[1]) for one in metas]
    return Program(program), names, example, free


def open_script(request):
    import torch

    model = torch.jit.load(request["path"], map_location="cpu").eval()
    names = [one.debugName() for one in model.forward.graph.inputs()][1:] if hasattr(model.forward, "graph") else None
    example = example_of(request, model, names)
    return model, names or ["input"] if len(example) == 1 else names, example, True


def open_factory(request):
    import importlib.util
    import inspect

    import torch

    name = os.path.splitext(os.path.basename(request["path"]))[0]
    spec = importlib.util.spec_from_file_location(name, request["path"])
    module = importlib.util.module_from_spec(spec)
    os.chdir(os.path.dirname(request["path"]))
    spec.loader.exec_module(module)
    factory = getattr(module, request["factory"], None)
    if not callable(factory):
        raise Refused("%s has no function %s" % (os.path.basename(request["path"]), request["factory"]))
    model = factory()
    if not isinstance(model, torch.nn.Module):
        raise Refused("%s returns a %s; it must return a torch.nn.Module with its weights" % (request["factory"], type(model).__name__))
    model = model.eval().cpu()
    names = [one.name for one in inspect.signature(model.forward).parameters.values() if one.default is inspect.Parameter.empty and one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    given = getattr(module, "example_inputs", None)
    if callable(given):
        found = given()
        found = found if isinstance(found, (list, tuple)) else [found]
        return model, names, [one.numpy() if isinstance(one, torch.Tensor) else np.asarray(one) for one in found], True
    return model, names, example_of(request, model, names), True


OPENERS = {"pt2": open_program, "torchscript": open_script, "factory": open_factory}


def example_of(request, model, names):
    if request.get("shapes"):
        return [np.zeros(shape, dtype=np.float32) for shape in request["shapes"]]
    if request.get("data"):
        arrays, _ = arrays_of(request, names or ["input"], None, True)
        return [array[:1] for array in arrays]
    raise Refused("nothing says what the model takes: give sizes with --shape 1,3,224,224, rows with --data rows.npy, or a function example_inputs beside it")


def arrays_of(request, names, example, free_rows):
    if request.get("data"):
        path = request["data"]
        if path.endswith(".npy"):
            return [np.load(path, allow_pickle=False)], False
        if path.endswith(".npz"):
            found = np.load(path, allow_pickle=False)
            absent = [name for name in names if name not in found]
            if absent:
                raise Refused("%s has no array %s; it has %s" % (os.path.basename(path), absent[0], ", ".join(found.files)))
            return [found[name] for name in names], False
        raise Refused("%s is neither .npy nor .npz, which hold the tensors of a PyTorch or TensorFlow model" % os.path.basename(path))
    random = np.random.default_rng(20)
    count = min(request["rows"], 64)
    made = []
    for one in example:
        shape = (count,) + tuple(one.shape[1:])
        made.append(random.normal(size=shape).astype(one.dtype) if one.dtype.kind == "f" else random.integers(0, 4, shape).astype(one.dtype))
    return made, True
