"""A worker of Slipway in Python: opens one project in an isolated environment and answers frames (docs/frames.md).

    python -I -u slipway_worker.py SOCKET      listens on the unix socket until nobody is connected any more
    python -I -u slipway_worker.py --describe  reads a JSON document from stdin, prints what the project takes and gives as one JSON line

Python 3.9 or newer, its standard library and numpy. numpy and the project are imported only once it is known how many threads they may use.
A project is one of six packagers' ("own" is Slipway's: model.py with load and predict); each is a class below with the same three methods.
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import importlib
import importlib.util
import inspect
import io
import json
import os
import re
import selectors
import signal
import socket
import struct
import sys
import tempfile
import time
import traceback
import typing
from pathlib import Path

np: typing.Any = None

# ---- Errors -----------------------------------------------------------------------------------------------------------------------------


class Refused(Exception):
    """Something that the caller is told: a code of docs/errors.md and a sentence without paths of this machine."""

    def __init__(self, code: str, message: str, detail: str | None = None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


LONGEST_SENTENCE = 200


def clean(text: str) -> str:
    """The first line, without absolute paths and memory addresses, short enough for a caller."""
    line = next((line for line in text.strip().splitlines() if line.strip()), "no reason given")
    line = re.sub(r"(?<![\w.])(?:/[\w.@+~-]+){2,}/?", "…", line)
    line = re.sub(r"0x[0-9a-fA-F]{6,}", "…", line)
    return line if len(line) <= LONGEST_SENTENCE else line[: LONGEST_SENTENCE - 1] + "…"


def place_of(error: BaseException, folder: str) -> str:
    """File and line of the project where an error came from, such as `model.py line 12`; empty when it came from elsewhere."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.relpath(error.filename, folder)} line {error.lineno}"
    inside = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(folder + os.sep)]
    # Packages of an environment that lies below the project are not the project's own.
    own = [frame for frame in inside if "site-packages" not in frame.filename]
    return f"{os.path.relpath(own[-1].filename, folder)} line {own[-1].lineno}" if own else ""


def not_opened(error: BaseException, folder: str, doing: str) -> Refused:
    """What is said of a project that cannot be imported or loaded."""
    if isinstance(error, Refused):
        return error
    where = place_of(error, folder)
    said = f"{type(error).__name__}: {clean(str(error))}"
    if isinstance(error, ModuleNotFoundError):
        said = f"there is no package {error.name!r} in its environment; add it to the project's requirements"
    return Refused("FAILED_PRECONDITION", f"{where + ': ' if where else ''}{doing} failed: {said}", traceback.format_exc())


def not_run(error: BaseException, folder: str) -> Refused:
    """What is said of a prediction that raised: a ValueError is about the inputs, anything else is the model's own fault."""
    if isinstance(error, Refused):
        return error
    detail = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    if isinstance(error, ValueError):
        return Refused("INVALID_ARGUMENT", f"the model refused these inputs: {clean(str(error))}", detail)
    where = place_of(error, folder)
    at = f" at {where}" if where else ""
    return Refused("INTERNAL", f"the model failed ({type(error).__name__}{at}); the server's log has the traceback under this request's id", detail)


# ---- Tensors ----------------------------------------------------------------------------------------------------------------------------

KINDS = {
    "BOOL": "bool",
    "UINT8": "uint8",
    "UINT16": "uint16",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "INT8": "int8",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
}
DATATYPES = {kind: datatype for datatype, kind in KINDS.items()}


def bfloat16() -> typing.Any:
    """numpy's type for BF16 where the environment has ml_dtypes, else the bare 16 bits."""
    try:
        return np.dtype(importlib.import_module("ml_dtypes").bfloat16)
    except ImportError:
        return np.dtype("uint16")


def dtype_of(datatype: str) -> typing.Any:
    if datatype == "BYTES":
        return np.dtype(object)
    return bfloat16() if datatype == "BF16" else np.dtype(KINDS[datatype])


def datatype_of(dtype: typing.Any) -> str | None:
    """The V2 datatype of a numpy type; None for one that has none."""
    dtype = np.dtype(dtype)
    if dtype.kind in "OSU":
        return "BYTES"
    return "BF16" if dtype.name == "bfloat16" else DATATYPES.get(dtype.name)


def text_or_octets(octets: bytes) -> str | bytes:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets


def decode_tensor(datatype: str, shape: list[int], octets: memoryview) -> typing.Any:
    """A writable array over the frame's own memory; BYTES become an object array of str, or bytes where they are no UTF-8."""
    if any(size < 0 for size in shape):
        raise ConnectionError(f"a frame has a tensor of shape {shape}")
    if datatype != "BYTES":
        return np.frombuffer(octets, dtype=dtype_of(datatype)).reshape(shape)
    elements, at = [], 0
    while at < len(octets):
        (size,) = struct.unpack_from("<I", octets, at)
        if at + 4 + size > len(octets):
            raise ConnectionError("a frame ends inside an element of BYTES")
        elements.append(text_or_octets(bytes(octets[at + 4 : at + 4 + size])))
        at += 4 + size
    array = np.empty(len(elements), dtype=object)
    array[:] = elements
    return array.reshape(shape)


def octets_of(value: typing.Any) -> bytes:
    """One element of a BYTES tensor."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    return (value if isinstance(value, str) else str(value)).encode("utf-8")


def encode_tensor(array: typing.Any, datatype: str) -> typing.Any:
    if datatype != "BYTES":
        return memoryview(np.ascontiguousarray(array, dtype=dtype_of(datatype)).reshape(-1).view(np.uint8))
    packed = bytearray()
    for value in array.reshape(-1):
        try:
            octets = octets_of(value)
        except UnicodeEncodeError as error:
            raise Refused("INTERNAL", f"the model answered a text that is no UTF-8: {clean(str(error))}") from error
        packed += struct.pack("<I", len(octets)) + octets
    return packed


def as_array(value: typing.Any) -> typing.Any:
    """An array of what a model answered: numpy's, a tensor of PyTorch or TensorFlow, a table of pandas, nested lists, a number or a text."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    if hasattr(value, "numpy") and not isinstance(value, np.ndarray):
        return np.asarray(value.numpy())
    if isinstance(value, (bytes, bytearray)):
        value = np.array(bytes(value), dtype=object)
    try:
        return np.asarray(value)
    except ValueError as error:
        raise Refused("INTERNAL", f"a list whose rows differ in length is no tensor: {clean(str(error))}") from error


def fitting(value: typing.Any, spec: dict, about: str) -> typing.Any:
    """The array of one output, as its spec says; refuses what is no such tensor, saying what was expected and what came."""
    name, datatype, shape = spec["name"], spec["datatype"], spec["shape"]
    array = as_array(value)
    if isinstance(value, dict) or (array.dtype.kind in "OSU" and datatype != "BYTES"):
        raise Refused("INTERNAL", f'{about}: output "{name}" is no tensor: expected {datatype} {shape}, got {type(value).__name__}')
    if array.ndim == 0 and len(shape) == 1:
        array = array.reshape(1)
    if array.ndim != len(shape) or any(want not in (-1, got) for want, got in zip(shape, array.shape)):
        raise Refused("INTERNAL", f'{about}: output "{name}": expected shape {shape}, got {list(array.shape)}')
    if datatype == "BYTES":
        return array.astype(object)
    if datatype_of(array.dtype) == datatype:
        return array
    if not np.can_cast(array.dtype, dtype_of(datatype), casting="same_kind"):
        raise Refused("INTERNAL", f'{about}: output "{name}": expected {datatype}, got {array.dtype.name}')
    return array.astype(dtype_of(datatype))


# ---- Signatures from type hints ---------------------------------------------------------------------------------------------------------

SCALARS = {float: "FP64", int: "INT64", bool: "BOOL", str: "BYTES", bytes: "BYTES"}
FREE_ROWS = [-1]


def read_shape(value: typing.Any) -> list[int] | None:
    """Sizes with -1 for free ones, from a tuple or a text such as `[-1, 4]`."""
    if isinstance(value, str):
        found = re.search(r"[\[(]([^\])]*)[\])]", value)
        if found is None:
            return None
        value = [part.strip() for part in found.group(1).split(",") if part.strip()]
    if not isinstance(value, (tuple, list)):
        return None
    sizes = []
    for size in value:
        free = size is None or (isinstance(size, str) and not re.fullmatch(r"\d+", size)) or (isinstance(size, int) and size < 0)
        sizes.append(-1 if free else int(size))
    return sizes


def read_datatype(value: typing.Any) -> str | None:
    """The V2 datatype of `FP32`, `float32`, `np.float32` or a numpy dtype."""
    if isinstance(value, str):
        word = re.match(r"\s*(\w+)", value)
        if word is None:
            return None
        return word.group(1) if word.group(1) in KINDS or word.group(1) in ("BYTES", "BF16") else DATATYPES.get(word.group(1))
    try:
        return datatype_of(value)
    except TypeError:
        return None


def without_none(hint: typing.Any) -> tuple[typing.Any, bool]:
    """A hint without `Optional`, and whether it was one."""
    options = typing.get_args(hint) if typing.get_origin(hint) is typing.Union or type(hint).__name__ == "UnionType" else ()
    rest = [option for option in options if option is not type(None)]
    return (rest[0], len(rest) < len(options)) if len(rest) == 1 else (hint, False)


def tensor_hint(hint: typing.Any) -> dict:
    """What a hint says of a tensor: `datatype` and `shape` where it does. `scalar` marks a value for each row."""
    hint, optional = without_none(hint)
    said: dict = {"optional": True} if optional else {}
    if hint in SCALARS:
        return {**said, "datatype": SCALARS[hint], "shape": FREE_ROWS, "scalar": True}
    if typing.get_origin(hint) is typing.Literal:
        values = typing.get_args(hint)
        return {**said, "datatype": SCALARS.get(type(values[0]), "BYTES"), "shape": FREE_ROWS, "scalar": True}
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return {**said, "datatype": SCALARS.get(type(next(iter(hint)).value), "BYTES"), "shape": FREE_ROWS, "scalar": True}
    metadata = getattr(hint, "__metadata__", ())
    if metadata:
        said = {**tensor_hint(hint.__origin__), **said}
        for value in metadata:
            shape = read_shape(getattr(value, "dimensions", value))
            datatype = read_datatype(getattr(value, "dtype", value))
            if shape is not None:
                said["shape"] = shape
            if datatype is not None:
                said["datatype"] = datatype
        return said
    # NDArray[np.float32] is numpy.ndarray[Any, numpy.dtype[numpy.float32]].
    for part in typing.get_args(hint):
        for inner in typing.get_args(part):
            datatype = read_datatype(inner) if inspect.isclass(inner) else None
            if datatype is not None:
                said["datatype"] = datatype
    return said


def fields_of(hint: typing.Any) -> dict[str, typing.Any] | None:
    """Names and hints of the fields of a TypedDict, a dataclass, a NamedTuple or a pydantic model; None for what has none."""
    if not inspect.isclass(hint) or not (
        dataclasses.is_dataclass(hint) or hasattr(hint, "__total__") or hasattr(hint, "_fields") or hasattr(hint, "model_fields")
    ):
        return None
    return {name: each for name, each in typing.get_type_hints(hint, include_extras=True).items() if not name.startswith("_")}


def rows_hint(hint: typing.Any) -> typing.Any:
    """The Row of `list[Row]`; None for anything else."""
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin in (list, typing.List) or getattr(origin, "__name__", "") in ("Sequence", "Iterable", "list"):
        return arguments[0] if arguments else None
    return None


def spec_of(name: str, said: dict) -> dict:
    spec = {"name": name, "datatype": said["datatype"], "shape": list(said["shape"])}
    return {**spec, "optional": True} if said.get("optional") else spec


def complete(saids: dict[str, dict]) -> bool:
    return bool(saids) and all("datatype" in said and "shape" in said for said in saids.values())


class Hints:
    """What the type hints of a function say: the tensors of its parameters and of its answer, and how it is called."""

    def __init__(self, function: typing.Any, skip: tuple[str, ...] = ("self", "model")):
        hints = typing.get_type_hints(function, include_extras=True)
        parameters = [each for each in inspect.signature(function).parameters.values() if each.name not in skip]
        self.takes = [each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
        self.takes_any = any(each.kind == each.VAR_KEYWORD for each in parameters)
        self.row: typing.Any = rows_hint(hints.get(self.takes[0])) if len(self.takes) == 1 else None
        self.by_rows = self.row is not None and self.row not in SCALARS
        fields = fields_of(self.row) if self.by_rows else None
        self.inputs = {name: tensor_hint(hint) for name, hint in (fields if fields is not None else {}).items()}
        if not self.by_rows:
            self.inputs = {name: tensor_hint(hints[name]) if name in hints else {} for name in self.takes}
        for each in parameters:
            if each.name in self.inputs and each.default is not each.empty:
                self.inputs[each.name]["optional"] = True
        self.outputs = answer_hints(hints.get("return"))
        # A function of plain values is called for each row by itself.
        self.each = not self.by_rows and bool(self.inputs) and all(said.get("scalar") for said in self.inputs.values())


def answer_hints(hint: typing.Any) -> dict[str, dict]:
    """The outputs that a return hint names: the fields of a TypedDict or its like, a tuple's parts, or one called `output`."""
    row = rows_hint(hint)
    if row is not None and row not in (dict, typing.Any):
        hint = row
    fields = fields_of(hint)
    if fields is not None:
        return {name: tensor_hint(each) for name, each in fields.items()}
    if typing.get_origin(hint) is tuple:
        return {f"output_{index}": tensor_hint(each) for index, each in enumerate(typing.get_args(hint))}
    said = {} if hint is None else tensor_hint(hint)
    return {"output": said} if said else {}


# ---- Calling a model --------------------------------------------------------------------------------------------------------------------

LOOP: asyncio.AbstractEventLoop | None = None


def settled(value: typing.Any) -> typing.Any:
    """The value of a coroutine, and the items of a generator as a list."""
    global LOOP
    if inspect.isasyncgen(value):

        async def gathered() -> list:
            return [item async for item in value]

        return settled(gathered())
    if inspect.isawaitable(value):
        if LOOP is None:
            LOOP = asyncio.new_event_loop()

        async def awaited() -> typing.Any:
            return await value

        return LOOP.run_until_complete(awaited())
    return list(value) if inspect.isgenerator(value) else value


def plain(value: typing.Any) -> typing.Any:
    """A value of Python's own in place of numpy's."""
    return value.item() if isinstance(value, np.generic) else value


def rows_in(inputs: dict) -> int:
    counts = {len(array) for array in inputs.values() if array.ndim > 0}
    if len(counts) > 1:
        raise Refused("INVALID_ARGUMENT", f"inputs differ in their rows: {sorted(counts)}; send as many of each")
    return counts.pop() if counts else 1


def rows_of(inputs: dict) -> list[dict]:
    return [{name: plain(array[row]) for name, array in inputs.items()} for row in range(rows_in(inputs))]


def made(row: typing.Any, values: dict) -> typing.Any:
    """A row as its class wants it; a plain dict where there is none, and for a TypedDict."""
    return row(**values) if inspect.isclass(row) and row is not dict and not hasattr(row, "__total__") else values


def named(answer: typing.Any, outputs: list[dict]) -> dict:
    """The answer's values by the names of the outputs."""
    if dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        answer = dataclasses.asdict(answer)
    elif hasattr(answer, "model_dump"):
        answer = answer.model_dump()
    elif hasattr(answer, "_asdict"):
        answer = answer._asdict()
    if isinstance(answer, dict):
        return answer
    if len(outputs) == 1:
        return {outputs[0]["name"]: answer}
    if isinstance(answer, (tuple, list)) and len(answer) == len(outputs):
        return {spec["name"]: value for spec, value in zip(outputs, answer)}
    return {"output": answer}


def is_record(value: typing.Any) -> bool:
    return isinstance(value, dict) or dataclasses.is_dataclass(value) or hasattr(value, "model_dump") or hasattr(value, "_asdict")


def column_wise(answer: typing.Any, outputs: list[dict]) -> dict:
    """Values by output's name, of an answer that may be a list with one record for each row."""
    if isinstance(answer, list) and answer and is_record(answer[0]):
        records = [named(record, outputs) for record in answer]
        return {name: [record.get(name) for record in records] for name in records[0]}
    return named(answer, outputs)


# ---- Projects ---------------------------------------------------------------------------------------------------------------------------


def import_file(path: Path, name: str) -> typing.Any:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Refused("FAILED_PRECONDITION", f"{path.name} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Project:
    """What every packager's project can do. `config` is the packager's own file, read by the server."""

    described = ""
    batched = False
    takes_body = False
    why = "its packager does not say that it takes batches; python.batched in model.yaml does"

    def __init__(self, folder: str, config: dict):
        self.folder = folder
        self.config = config
        self.entry = ""
        self.signature: dict = {"inputs": [], "outputs": []}

    def look(self) -> None:
        """Imports the project, without loading the model."""

    def load(self) -> None:
        """Loads the model, so that it can be asked."""

    def says(self) -> dict:
        """`inputs` and `outputs` as far as the project says so, each with where that stands in `from`."""
        return {}

    def predict(self, inputs: dict) -> dict:
        """Values by output's name, not yet checked."""
        raise NotImplementedError

    def answer_body(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The answer to a body of any type, and its own type; only of one that takes bodies. `accept` is empty when anything will do."""
        raise NotImplementedError


class Typed(Project):
    """A project whose function says by its type hints what it takes, and is called as they say."""

    described = "type hints"
    hints: Hints

    def says(self) -> dict:
        said: dict = {"from": {}}
        for side, found in (("inputs", self.hints.inputs), ("outputs", self.hints.outputs)):
            if complete(found):
                said[side] = [spec_of(name, each) for name, each in found.items()]
                said["from"][side] = self.described
        return said

    def called(self, function: typing.Any, inputs: dict) -> dict:
        """Values by output's name: of a list of rows, of each row by itself, or of whole tensors by name."""
        outputs = self.signature["outputs"]
        if self.hints.by_rows:
            return column_wise(settled(function([made(self.hints.row, row) for row in rows_of(inputs)])), outputs)
        if self.hints.each:
            answers = [named(settled(function(**row)), outputs) for row in rows_of(inputs)]
            return {spec["name"]: [answer.get(spec["name"]) for answer in answers] for spec in outputs}
        return column_wise(settled(function(**inputs)), outputs)


class Own(Typed):
    """model.py: `load(folder)` once, `predict(...)` by name or by rows; or a class Model with both."""

    def look(self) -> None:
        module = import_file(Path(self.folder) / "model.py", "model")
        self.module = module
        self.owner = module.Model() if inspect.isclass(getattr(module, "Model", None)) else module
        self.entry = "model.py:Model.predict" if self.owner is not module else "model.py:predict"
        if not callable(getattr(self.owner, "predict", None)):
            raise Refused("FAILED_PRECONDITION", "model.py: expected a function predict(...), or a class Model with a method predict")
        self.hints = Hints(self.owner.predict)
        said = getattr(self.owner, "batched", None)
        if said is not None:
            self.batched, self.why = bool(said), f"model.py says batched = {bool(said)}"
        elif self.hints.by_rows:
            self.batched, self.why = True, "predict takes a list of rows"
        elif self.hints.each:
            self.batched, self.why = False, "predict takes the values of one row"
        else:
            shapes = [said.get("shape") for said in [*self.hints.inputs.values(), *self.hints.outputs.values()]]
            self.batched = bool(shapes) and all(shape and shape[0] == -1 for shape in shapes)
            self.why = "the first size of every hint is free" if self.batched else "its hints do not say that the first size is free"

    def load(self) -> None:
        load = getattr(self.owner, "load", None)
        loaded = None
        if callable(load):
            loaded = settled(load(self.folder) if inspect.signature(load).parameters else load())
        takes_model = "model" in inspect.signature(self.owner.predict).parameters
        self.first = (loaded,) if takes_model else ()

    def predict(self, inputs: dict) -> dict:
        return self.called(lambda *given, **named_ones: self.owner.predict(*self.first, *given, **named_ones), inputs)



def accepted(function: typing.Any, offered: dict) -> dict:
    """Of what is offered, what the function takes by name."""
    parameters = inspect.signature(function).parameters
    if any(each.kind == each.VAR_KEYWORD for each in parameters.values()):
        return offered
    return {name: value for name, value in offered.items() if name in parameters}


class SageMaker(Project):
    """inference.py with model_fn, input_fn, predict_fn and output_fn, or transform_fn; what is missing is what SageMaker's containers do."""

    described = "SageMaker"
    json_type = "application/json"

    def look(self) -> None:
        code = next((path for path in ("code/inference.py", "inference.py") if (Path(self.folder) / path).exists()), "inference.py")
        sys.path.insert(0, str((Path(self.folder) / code).parent))
        self.module = import_file(Path(self.folder) / code, "inference")
        self.entry = f"{code}:{'transform_fn' if hasattr(self.module, 'transform_fn') else 'predict_fn'}"
        if not hasattr(self.module, "model_fn"):
            raise Refused("FAILED_PRECONDITION", f"{code}: expected a function model_fn(model_dir) that loads the model")
        self.takes_body = any(hasattr(self.module, name) for name in ("transform_fn", "input_fn", "output_fn"))

    def load(self) -> None:
        self.model = self.module.model_fn(*([self.folder, None][: max(1, len(inspect.signature(self.module.model_fn).parameters))]))

    def call(self, name: str, *arguments: typing.Any) -> typing.Any:
        function = getattr(self.module, name)
        # Newer containers hand in a context behind the rest.
        takes = len([each for each in inspect.signature(function).parameters.values() if each.kind != each.VAR_KEYWORD])
        return function(*[*arguments, None][:takes])

    def predict(self, inputs: dict) -> dict:
        value: typing.Any = next(iter(inputs.values())) if len(inputs) == 1 else inputs
        body = json.dumps(listed(value))
        if hasattr(self.module, "transform_fn"):
            answer = self.call("transform_fn", self.model, body, self.json_type, self.json_type)
        else:
            given = self.call("input_fn", body, self.json_type) if hasattr(self.module, "input_fn") else value
            answer = self.predicted(given)
            if hasattr(self.module, "output_fn"):
                answer = self.call("output_fn", answer, self.json_type)
        return named(self.parsed(answer), self.signature["outputs"])

    def predicted(self, given: typing.Any) -> typing.Any:
        if hasattr(self.module, "predict_fn"):
            return self.call("predict_fn", given, self.model)
        return self.model.predict(given) if hasattr(self.model, "predict") else self.model(given)

    def answer_body(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        accept = accept or os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", self.json_type)
        # The containers hand JSON and CSV in as texts, and everything else as octets.
        given: typing.Any = body.decode("utf-8") if media_type(content_type) in (self.json_type, "text/csv") else body
        if hasattr(self.module, "transform_fn"):
            return written(self.call("transform_fn", self.model, given, content_type, accept), accept)
        given = self.call("input_fn", given, content_type) if hasattr(self.module, "input_fn") else decoded_body(given, content_type)
        prediction = self.predicted(given)
        if hasattr(self.module, "output_fn"):
            return written(self.call("output_fn", prediction, accept), accept)
        return encoded_body(prediction, accept)

    def parsed(self, answer: typing.Any) -> typing.Any:
        """The value behind an answer that was written out: (body, content type) or a body of JSON, CSV or npy."""
        kind = self.json_type
        if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], str):
            answer, kind = answer
        if hasattr(answer, "response"):
            answer = answer.response
        if not isinstance(answer, (str, bytes, bytearray)):
            return answer
        octets = octets_of(answer)
        if "npy" in kind:
            return np.load(io.BytesIO(octets), allow_pickle=False)
        if "csv" in kind:
            return [[float(cell) for cell in line.split(",")] for line in octets.decode().splitlines() if line.strip()]
        try:
            return json.loads(octets)
        except ValueError:
            return [octets]


def media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def written(answer: typing.Any, accept: str) -> tuple[bytes, str]:
    """The body of what a handler wrote, and its type: of (body, type), of a response, or of a body of the type that was wanted."""
    if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], str):
        answer, accept = answer
    elif hasattr(answer, "response") and hasattr(answer, "mimetype"):
        answer, accept = answer.response, answer.mimetype
    if isinstance(answer, (str, bytes, bytearray, memoryview)):
        return octets_of(answer), accept
    return json.dumps(listed_deep(answer)).encode(), "application/json"


def decoded_body(body: str | bytes, content_type: str) -> typing.Any:
    """What SageMaker's containers make of a body where the script has no input_fn."""
    kind = media_type(content_type)
    if kind == "application/json":
        return np.array(json.loads(body))
    if kind == "text/csv":
        return np.genfromtxt(io.StringIO(typing.cast(str, body)), delimiter=",")
    if kind == "application/x-npy":
        # Not pickled objects, which would run what the caller has put into them.
        return np.load(io.BytesIO(typing.cast(bytes, body)), allow_pickle=False)
    raise Refused("UNSUPPORTED_MEDIA_TYPE", f'content-type "{clean(content_type)}" needs an input_fn; without one it is JSON, text/csv or application/x-npy')


def encoded_body(prediction: typing.Any, accept: str) -> tuple[bytes, str]:
    """What they write where it has no output_fn."""
    for kind in map(media_type, accept.split(",")):
        if kind in ("application/json", "*/*"):
            return json.dumps(listed_deep(prediction)).encode(), "application/json"
        if kind == "text/csv":
            text = io.StringIO()
            np.savetxt(text, np.atleast_1d(as_array(prediction)), delimiter=",", fmt="%s")
            return text.getvalue().encode(), kind
        if kind == "application/x-npy":
            octets = io.BytesIO()
            np.save(octets, as_array(prediction), allow_pickle=False)
            return octets.getvalue(), kind
    raise Refused("NOT_ACCEPTABLE", f'accept "{clean(accept)}" needs an output_fn; without one it is JSON, text/csv or application/x-npy')


def listed(value: typing.Any) -> typing.Any:
    """Plain JSON of arrays."""
    if isinstance(value, dict):
        return {name: listed(each) for name, each in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value


JSON_IN = [{"name": "input", "datatype": "BYTES", "shape": [1]}]
JSON_OUT = [{"name": "output", "datatype": "BYTES", "shape": [1]}]


class Truss(Project):
    """model/model.py with a class Model: load, preprocess, predict, postprocess. A JSON value in, a JSON value out."""

    described = "Truss"

    def look(self) -> None:
        module_folder = self.config.get("model_module_dir", "model")
        file = self.config.get("model_class_filename", "model.py")
        self.entry = f"{module_folder}/{file}:{self.config.get('model_class_name', 'Model')}"
        sys.path[:0] = [self.folder, str(Path(self.folder) / self.config.get("bundled_packages_dir", "packages"))]
        module = import_file(Path(self.folder) / module_folder / file, f"{module_folder}.{Path(file).stem}")
        self.type = getattr(module, self.config.get("model_class_name", "Model"), None)
        if not callable(getattr(self.type, "predict", None)):
            raise Refused("FAILED_PRECONDITION", f"{module_folder}/{file}: expected a class Model with a method predict")

    def load(self) -> None:
        offered = {
            "config": self.config,
            "data_dir": Path(self.folder) / self.config.get("data_dir", "data"),
            "secrets": {name: os.environ.get(name, "") for name in (self.config.get("secrets") or {})},
            "environment": None,
        }
        self.model = self.type(**accepted(self.type.__init__, offered))
        if hasattr(self.model, "load"):
            settled(self.model.load())

    def says(self) -> dict:
        return {}

    def predict(self, inputs: dict) -> dict:
        whole = same_specs(self.signature["inputs"], JSON_IN)
        value = read_json(inputs["input"][0]) if whole else listed(inputs)
        for step in ("preprocess", "predict", "postprocess"):
            if hasattr(self.model, step):
                value = settled(getattr(self.model, step)(value))
        if same_specs(self.signature["outputs"], JSON_OUT):
            return {"output": [json.dumps(listed_deep(value))]}
        return named(value, self.signature["outputs"])


def same_specs(specs: list[dict], wanted: list[dict]) -> bool:
    """Whether these are the tensors that are wanted, whatever else is said of them."""
    return [{key: each[key] for key in ("name", "datatype", "shape")} for each in specs] == wanted


def read_json(text: str | bytes) -> typing.Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Refused("INVALID_ARGUMENT", f'input "input" must be JSON: {clean(str(error))}') from error


def listed_deep(value: typing.Any) -> typing.Any:
    """Plain JSON of whatever a model answers."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {str(name): listed_deep(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [listed_deep(each) for each in value]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return value.tolist() if hasattr(value, "tolist") else value


class Cog(Project):
    """cog.yaml with predict: "predict.py:Predictor"; typed inputs by Input(...), files by Path."""

    described = "Cog"

    def look(self) -> None:
        self.entry = self.config.get("predict") or self.config.get("run") or "predict.py:Predictor"
        file, _, name = self.entry.partition(":")
        self.cog = importlib.import_module("cog")
        module = import_file(Path(self.folder) / file, Path(file).stem)
        found = getattr(module, name or "Predictor", None)
        if found is None:
            raise Refused("FAILED_PRECONDITION", f"{file}: expected {name or 'Predictor'}, which cog.yaml names")
        self.owner = found() if inspect.isclass(found) else None
        self.function = found if self.owner is None else getattr(self.owner, "predict", None) or getattr(self.owner, "run", None)
        if self.function is None:
            raise Refused("FAILED_PRECONDITION", f"{file}: expected {name} to have a method predict or run")
        self.parameters = {name: each for name, each in inspect.signature(self.function).parameters.items() if name != "self"}
        self.types = typing.get_type_hints(self.function, include_extras=True)

    def load(self) -> None:
        if self.owner is not None and hasattr(self.owner, "setup"):
            settled(self.owner.setup(**accepted(self.owner.setup, {"weights": None})))

    def says(self) -> dict:
        inputs, declared = [], {}
        for name, parameter in self.parameters.items():
            hint, optional = without_none(self.types.get(name, str))
            if self.is_file(hint):
                said: dict = {"datatype": "BYTES", "shape": FREE_ROWS}
            else:
                said = tensor_hint(hint)
            if "datatype" not in said:
                raise Refused("FAILED_PRECONDITION", f"{self.entry}: input {name!r} has a type that is no tensor: {hint}")
            default = getattr(parameter.default, "default", parameter.default)
            has_default = parameter.default is not parameter.empty and default is not ... and type(default).__name__ != "PydanticUndefinedType"
            if optional or (has_default and not (default is None and hasattr(parameter.default, "default"))):
                said = {**said, "optional": True}
            bounds = self.bounds(parameter.default)
            # A column of a form is always sent, so that an input with a default of its own is none.
            if bounds is not None and said["datatype"] in ("INT64", "FP64") and not said.get("optional"):
                declared[name] = {"kind": "features", "names": [name], "ranges": [bounds]}
            inputs.append(spec_of(name, said))
        return {"inputs": inputs, "outputs": self.output_specs(), "declared": declared, "from": {"inputs": "Cog", "outputs": "Cog"}}

    def bounds(self, said: typing.Any) -> dict | None:
        """The range of an Input with both ge and le, which a form starts in the middle of."""
        low, high = getattr(said, "ge", None), getattr(said, "le", None)
        if low is None or high is None or not low <= high:
            return None
        whole = isinstance(low, int) and isinstance(high, int)
        return {"min": low, "max": high, "typical": (low + high) // 2 if whole else (low + high) / 2}

    def is_file(self, hint: typing.Any) -> bool:
        return inspect.isclass(hint) and (issubclass(hint, os.PathLike) or hint is getattr(self.cog, "File", None))

    def output_specs(self) -> list[dict]:
        """One for each field of a record of plain values, as clients of Cog get them; else one called `output`, a record in it as JSON."""
        hint = self.types.get("return")
        fields = {name: tensor_hint(each) for name, each in (fields_of(hint) or {}).items()}
        if len(fields) > 1 and all(said.get("scalar") and not said.get("optional") for said in fields.values()):
            return [spec_of(name, said) for name, said in fields.items()]
        hint, _ = without_none(hint)
        item = next(iter(typing.get_args(hint)), None) if typing.get_origin(hint) is not None else None
        said = {} if hint is None or self.is_file(hint) or self.is_file(item) else tensor_hint(item or hint)
        return [{"name": "output", "datatype": said.get("datatype", "BYTES"), "shape": FREE_ROWS}]

    def predict(self, inputs: dict) -> dict:
        rows = rows_of(inputs)
        with tempfile.TemporaryDirectory(prefix="slipway-files-") as files:
            answers = [self.one(row, files) for row in rows]
            if len(self.signature["outputs"]) > 1:
                return column_wise(answers, self.signature["outputs"])
            answers = [self.told(answer) for answer in answers]
        if len(answers) == 1 and isinstance(answers[0], list):
            return {"output": answers[0]}
        if any(isinstance(answer, list) for answer in answers):
            raise Refused("INVALID_ARGUMENT", "this model answers a list for each row; send one row at a time")
        return {"output": answers}

    def one(self, row: dict, files: str) -> typing.Any:
        given = {}
        for name, value in row.items():
            hint, _ = without_none(self.types.get(name, str))
            if self.is_file(hint):
                path = Path(files) / f"{name}{len(os.listdir(files))}"
                path.write_bytes(octets_of(value))
                value = hint(path) if issubclass(hint, os.PathLike) else path.open("rb")
            elif inspect.isclass(hint) and issubclass(hint, enum.Enum):
                value = hint(value)
            given[name] = self.checked(name, value)
        for name, parameter in self.parameters.items():
            # Input(default=…) is not what the function wants to see.
            if name not in given and hasattr(parameter.default, "default"):
                given[name] = parameter.default.default
        return settled(self.function(**given))

    def checked(self, name: str, value: typing.Any) -> typing.Any:
        said = self.parameters[name].default
        for key, wrong in (("ge", lambda bound: value < bound), ("le", lambda bound: value > bound)):
            bound = getattr(said, key, None)
            if bound is not None and wrong(bound):
                raise Refused("INVALID_ARGUMENT", f'input "{name}" must be {"at least" if key == "ge" else "at most"} {bound}, got {value}')
        choices = getattr(said, "choices", None)
        if choices and value not in choices:
            raise Refused("INVALID_ARGUMENT", f'input "{name}" must be one of {", ".join(map(str, choices))}, got {value}')
        return value

    def told(self, answer: typing.Any) -> typing.Any:
        """A file's octets, a record's JSON, a text in parts as one."""
        if isinstance(answer, os.PathLike):
            return Path(answer).read_bytes()
        if is_record(answer):
            return json.dumps(listed_deep(answer))
        if isinstance(answer, (list, tuple)):
            parts = [self.told(part) for part in answer]
            joined = "Concatenate" in str(self.types.get("return")) and all(isinstance(part, str) for part in parts)
            return "".join(parts) if joined else parts
        return answer.read() if hasattr(answer, "read") else answer


COLUMNS = {
    "boolean": "BOOL",
    "integer": "INT32",
    "long": "INT64",
    "float": "FP32",
    "double": "FP64",
    "string": "BYTES",
    "binary": "BYTES",
    "datetime": "BYTES",
}


class MLflow(Project):
    """A folder that mlflow wrote, with the pyfunc flavour."""

    described = "MLflow"
    batched = True
    why = "pyfunc takes tables of rows"

    def look(self) -> None:
        self.entry = "MLmodel:python_function"
        self.columns: list[str] | None = None
        signature = self.config.get("signature") or {}
        self.said = {side: self.specs(signature.get(side), side) for side in ("inputs", "outputs")}

    def load(self) -> None:
        self.model = importlib.import_module("mlflow.pyfunc").load_model(self.folder)

    def specs(self, text: str | None, side: str) -> list[dict]:
        specs = []
        for column in json.loads(text) if text else []:
            tensor = column.get("tensor-spec")
            name = column.get("name") or side[:-1]
            if tensor is not None:
                specs.append({"name": name, "datatype": read_datatype(tensor["dtype"]) or "BYTES", "shape": list(tensor["shape"])})
            elif column.get("type") in COLUMNS:
                spec = {"name": name, "datatype": COLUMNS[column["type"]], "shape": FREE_ROWS}
                specs.append(spec if column.get("required", True) else {**spec, "optional": True})
                if side == "inputs":
                    self.columns = [*(self.columns or []), name]
            else:
                raise Refused("FAILED_PRECONDITION", f"MLmodel: {side[:-1]} {name!r} of type {column.get('type')!r} is no tensor; give model.yaml a signature")
        return specs

    def says(self) -> dict:
        said = {side: specs for side, specs in self.said.items() if specs}
        return {**said, "from": {side: "MLflow" for side in said}}

    def predict(self, inputs: dict) -> dict:
        value: typing.Any = inputs
        if self.columns is not None:
            pandas = importlib.import_module("pandas")
            value = pandas.DataFrame({name: inputs[name] for name in self.columns if name in inputs})
        elif len(inputs) == 1:
            value = next(iter(inputs.values()))
        answer = self.model.predict(value)
        outputs = self.signature["outputs"]
        if hasattr(answer, "columns") and len(outputs) > 1:
            return {str(name): answer[name] for name in answer.columns}
        return column_wise(answer, outputs)


class BentoML(Typed):
    """A class with @bentoml.service whose @bentoml.api methods are typed."""

    described = "BentoML"

    def look(self) -> None:
        file, _, name = (self.config.get("service") or "service.py:").partition(":")
        path = Path(self.folder) / (file if file.endswith(".py") else file.replace(".", "/") + ".py")
        module = import_file(path, path.stem)
        services = {key: each for key, each in vars(module).items() if hasattr(each, "apis") and hasattr(each, "inner")}
        found = services.get(name) if name else next(iter(services.values()), None)
        if found is None:
            raise Refused("FAILED_PRECONDITION", f"{path.name}: expected a class with @bentoml.service{f' named {name}' if name else ''}")
        self.service = found
        apis = dict(found.apis)
        wanted = self.config.get("entry") or (next(iter(apis)) if len(apis) == 1 else None)
        if wanted not in apis:
            raise Refused("FAILED_PRECONDITION", f"{path.name}: it has the methods {', '.join(apis)}; name one as python.entry in model.yaml")
        self.method = wanted
        self.entry = f"{path.name}:{found.inner.__name__}.{wanted}"
        self.hints = Hints(getattr(found.inner, wanted).func if hasattr(getattr(found.inner, wanted), "func") else getattr(found.inner, wanted))
        self.batched = bool(getattr(apis[wanted], "batchable", False))
        self.why = "@bentoml.api says batchable" if self.batched else "@bentoml.api does not say batchable"

    def load(self) -> None:
        self.instance = self.service.inner()
        self.function = getattr(self.service.inner, self.method)
        self.function = getattr(self.function, "func", self.function)

    def predict(self, inputs: dict) -> dict:
        return self.called(lambda *given, **named_ones: self.function(self.instance, *given, **named_ones), inputs)



PROJECTS = {"slipway": Own, "sagemaker": SageMaker, "truss": Truss, "cog": Cog, "mlflow": MLflow, "bentoml": BentoML}


def open_project(packager: str, folder: str, config: dict) -> Project:
    """The project, imported from its own folder as its working directory."""
    folder = os.path.realpath(folder)
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    project = PROJECTS[packager](folder, config)
    try:
        project.look()
    except BaseException as error:
        raise not_opened(error, folder, "importing it") from error
    return project


def load_project(project: Project) -> None:
    try:
        project.load()
    except BaseException as error:
        raise not_opened(error, project.folder, "loading the model") from error


BODY, CONTENT_TYPE, ACCEPT = "slipway.body", "slipway.content_type", "slipway.accept"


def ask_body(project: Project, inputs: dict) -> list[tuple[dict, typing.Any]]:
    """The same for a body that the project reads itself."""
    octets, content_type, accept = (octets_of(inputs[name][0]) for name in (BODY, CONTENT_TYPE, ACCEPT))
    body, kind = project.answer_body(octets, content_type.decode("utf-8"), accept.decode("utf-8"))
    return [
        ({"name": name, "datatype": "BYTES"}, np.array([value], dtype=object)) for name, value in ((BODY, body), (CONTENT_TYPE, kind))
    ]


def ask(project: Project, inputs: dict) -> list[tuple[dict, typing.Any]]:
    """The outputs of one run, each with its spec, checked."""
    specs = project.signature["outputs"]
    try:
        if project.takes_body and BODY in inputs:
            return ask_body(project, inputs)
        values = project.predict(inputs)
        found = []
        for spec in specs:
            if spec["name"] not in values:
                got = ", ".join(map(str, values)) or "nothing"
                raise Refused("INTERNAL", f'{project.entry}: expected an output "{spec["name"]}", got {got}')
            found.append((spec, fitting(values[spec["name"]], spec, project.entry)))
        return found
    except BaseException as error:
        # Also SystemExit: a model that calls sys.exit() has failed this run, and others may go on.
        raise not_run(error, project.folder) from error


# ---- Describing -------------------------------------------------------------------------------------------------------------------------


def example_inputs(example: dict) -> dict:
    arrays = {}
    for given in example["inputs"]:
        values = given["data"]
        array = np.empty(len(values), dtype=object)
        array[:] = values
        if given["datatype"] != "BYTES":
            array = np.array(values, dtype=dtype_of(given["datatype"]))
        arrays[given["name"]] = array.reshape(given["shape"])
    return arrays


def example_specs(tensors: list[dict], free_rows: bool) -> list[dict]:
    return [
        {"name": each["name"], "datatype": each["datatype"], "shape": [-1, *each["shape"][1:]] if free_rows and each["shape"] else list(each["shape"])}
        for each in tensors
    ]


def answered_specs(project: Project, inputs: dict, free_rows: bool) -> list[dict]:
    """What the project answers to the example, where nothing else says what its outputs are."""
    load_project(project)
    try:
        values = project.predict(inputs)
    except BaseException as error:
        raise not_run(error, project.folder) from error
    specs = []
    for name, value in values.items():
        array = as_array(value)
        datatype = datatype_of(array.dtype)
        if datatype is None or isinstance(value, dict):
            raise Refused("FAILED_PRECONDITION", f'{project.entry}: output "{name}" is no tensor, got {type(value).__name__}')
        shape = list(array.shape) or [1]
        specs.append({"name": str(name), "datatype": datatype, "shape": [-1, *shape[1:]] if free_rows else shape})
    return specs


def describe(request: dict) -> dict:
    """See the top: what the project takes and gives, and where that stands."""
    project = open_project(request["packager"], request["folder"], request.get("config") or {})
    asked = request.get("batched")
    batched = project.batched if asked is None else asked
    why = project.why if asked is None else "model.yaml says so"
    said = project.says()
    sources = dict(said.get("from") or {})
    manifest, example = request.get("signature") or {}, request.get("example")
    found = {side: said.get(side) for side in ("inputs", "outputs")}
    for side in found:
        if found[side] is None and manifest.get(side):
            found[side], sources[side] = manifest[side], "the manifest"
    if found["inputs"] is None and example is not None:
        found["inputs"], sources["inputs"] = example_specs(example["inputs"], batched), "the first example"
    if request["packager"] == "truss" and found["inputs"] is None and found["outputs"] is None:
        found, sources = {"inputs": JSON_IN, "outputs": JSON_OUT}, {"inputs": "Truss", "outputs": "Truss"}
    if found["inputs"] is None:
        raise Refused("FAILED_PRECONDITION", f"{project.entry}: nothing says what it takes; {HOW_TO_SAY}")
    if found["outputs"] is None and example is not None:
        response = (example.get("response") or {}).get("outputs")
        project.signature = {"inputs": found["inputs"], "outputs": []}
        found["outputs"] = example_specs(response, batched) if response else answered_specs(project, example_inputs(example), batched)
        sources["outputs"] = "the first example"
    if found["outputs"] is None:
        raise Refused("FAILED_PRECONDITION", f"{project.entry}: nothing says what it answers; {HOW_TO_SAY}")
    return {
        "signature": found,
        "from": sources,
        "batched": batched,
        "why": why,
        "takesBody": project.takes_body,
        "declared": said.get("declared") or {},
        "entry": project.entry,
        "python": ".".join(map(str, sys.version_info[:3])),
    }


HOW_TO_SAY = (
    "annotate it, as in x: Annotated[NDArray[np.float32], (-1, 4)] and -> Annotated[NDArray[np.float32], (-1,)], "
    "give model.yaml a signature, or add a first example to examples/"
)


# ---- Frames -----------------------------------------------------------------------------------------------------------------------------

OPEN, OPENED, RUN, RESULT, ERROR, CLOSE, SHARE, SHARED = range(1, 9)
PREFIX = struct.Struct("<IIII")
MOST_BYTES = 2**32 - 1
CHUNK = 64 * 1024
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def padding(size: int) -> bytes:
    return bytes(-size % 8)


def room_for(size: int) -> memoryview:
    """Memory that is taken as it is filled, so that nobody gets a whole frame of it for the length alone. Raises MemoryError past what may be held."""
    return memoryview(bytearray(size)) if np is None else memoryview(np.empty(size, dtype=np.uint8))


class Connection:
    """One who asks. Cuts its octets into frames and sends whole ones."""

    def __init__(self, sock: socket.socket):
        self.sock = sock
        self.rest = bytearray()
        self.filling: memoryview | None = None
        self.filled = 0
        self.shared: int | None = None

    def read(self) -> list[bytearray | memoryview]:
        """The frames that are complete with what is there now. Raises ConnectionError when the other side has gone or sends no frames."""
        if self.filling is not None:
            count = self.sock.recv_into(self.filling[self.filled :], 0, socket.MSG_DONTWAIT)
            if count == 0:
                raise ConnectionError("gone")
            self.filled += count
            if self.filled < len(self.filling):
                return []
            whole, self.filling = self.filling, None
            return [whole]
        chunk = self.sock.recv(CHUNK, socket.MSG_DONTWAIT)
        if not chunk:
            raise ConnectionError("gone")
        self.rest += chunk
        return self.split()

    def split(self) -> list[bytearray | memoryview]:
        frames: list[bytearray | memoryview] = []
        while len(self.rest) >= 4:
            total = int.from_bytes(self.rest[:4], "little") + 4
            if total < PREFIX.size or total > MOST_BYTES:
                raise ConnectionError(f"a frame of {total} octets")
            if len(self.rest) < total:
                if total > CHUNK:
                    self.filling, self.filled = room_for(total), len(self.rest)
                    self.filling[: self.filled] = self.rest
                    self.rest = bytearray()
                break
            if len(self.rest) == total:
                frames.append(self.rest)
                self.rest = bytearray()
                break
            frames.append(self.rest[:total])
            del self.rest[:total]
        return frames

    def share(self, path: str) -> None:
        self.close_shared()
        try:
            self.shared = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise Refused("NOT_FOUND", "the file to share cannot be opened") from error

    def close_shared(self) -> None:
        if self.shared is not None:
            os.close(self.shared)
            self.shared = None

    def send(self, kind: int, number: int, header: dict, tensors: list = []) -> None:
        """Returns once all of it has left, so that the caller of one run never waits for the next."""
        text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        text += b" " * (-len(text) % 8)
        parts: list = [b""]
        size = 0
        for octets in tensors:
            fill = padding(len(octets))
            parts += [octets, fill] if fill else [octets]
            size += len(octets) + len(fill)
        parts[0] = PREFIX.pack(PREFIX.size - 4 + len(text) + size, number, kind, len(text)) + text
        left = [memoryview(part) for part in parts if len(part) > 0]
        while left:
            sent = self.sock.sendmsg(left[:512])
            while left and sent >= len(left[0]):
                sent -= len(left.pop(0))
            if sent:
                left[0] = left[0][sent:]


class Worker:
    """Answers frames of all who are connected, one after the other, until the last has gone."""

    def __init__(self) -> None:
        self.project: Project | None = None

    def answer(self, connection: Connection, frame: bytearray | memoryview) -> None:
        size, number, kind, header_size = PREFIX.unpack_from(frame)
        start = PREFIX.size + header_size
        if start > len(frame):
            raise ConnectionError("the header is longer than its frame")
        try:
            header = json.loads(bytes(frame[PREFIX.size : start]))
        except ValueError as error:
            raise ConnectionError("the header is no JSON") from error
        kind &= 0xFF
        try:
            if kind == OPEN:
                self.open(header)
                connection.send(OPENED, number, {})
            elif kind == RUN:
                self.run(connection, number, header, memoryview(frame)[start:])
            elif kind == SHARE:
                connection.share(header["path"])
                connection.send(SHARED, number, {})
            elif kind == CLOSE:
                raise ConnectionError("closed")
            else:
                raise Refused("UNIMPLEMENTED", f"frames of kind {kind} are not known")
        except Refused as refused:
            told = {"code": refused.code, "message": refused.message}
            if refused.detail is not None:
                told["detail"] = refused.detail
            connection.send(ERROR, number, told)

    def open(self, header: dict) -> None:
        global np
        if self.project is not None:
            raise Refused("INTERNAL", "this worker has opened its model already")
        for variable in THREAD_VARIABLES:
            os.environ[variable] = str(header["threads"])
        python = header["python"]
        np = numpy_of_environment()
        project = open_project(python["packager"], header["modelPath"], python.get("config") or {})
        project.signature = header["signature"]
        load_project(project)
        self.project = project

    def run(self, connection: Connection, number: int, header: dict, payload: memoryview) -> None:
        if self.project is None:
            raise Refused("INTERNAL", "this worker has no open model")
        started = time.perf_counter()
        inputs = read_inputs(header, payload, connection.shared)
        read = time.perf_counter()
        outputs = ask(self.project, inputs)
        ran = time.perf_counter()
        heads, tensors = [], []
        for spec, array in outputs:
            octets = encode_tensor(array, spec["datatype"])
            heads.append([spec["name"], spec["datatype"], list(array.shape), len(octets)])
            tensors.append(octets)
        figures = {"inferMs": (ran - read) * 1000, "transformMs": (read - started) * 1000}
        connection.send(RESULT, number, {**figures, "tensors": heads}, tensors)


def numpy_of_environment() -> typing.Any:
    try:
        return importlib.import_module("numpy")
    except Exception as error:
        raise Refused("FAILED_PRECONDITION", f"numpy cannot be imported in its environment: {clean(str(error))}", traceback.format_exc()) from error


def read_inputs(header: dict, payload: memoryview, shared: int | None) -> dict:
    heads = header["tensors"]
    if header.get("at") is not None:
        if shared is None:
            raise ConnectionError("a frame names a place in a shared file, and none was named")
        room = bytearray(sum(size + -size % 8 for _, _, _, size in heads))
        if os.preadv(shared, [room], header["at"]) != len(room):
            raise ConnectionError("the shared file ends inside a frame")
        payload = memoryview(room)
    inputs, at = {}, 0
    for name, datatype, shape, size in heads:
        if at + size > len(payload):
            raise ConnectionError(f"a frame ends inside tensor {name}")
        inputs[name] = decode_tensor(datatype, shape, payload[at : at + size])
        at += size + -size % 8
    return inputs


def serve(path: str) -> None:
    # Nobody else may connect: the folder is 0700, the socket 0600.
    os.umask(0o177)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen()
    os.umask(0o077)
    print("slipway-worker listening", flush=True)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    worker, connections = Worker(), 0
    while True:
        for key, _ in selector.select():
            if key.data is None:
                sock, _ = listener.accept()
                selector.register(sock, selectors.EVENT_READ, Connection(sock))
                connections += 1
                continue
            connection = key.data
            try:
                for frame in connection.read():
                    worker.answer(connection, frame)
            except BlockingIOError:
                continue
            except Exception as error:
                # Gone, or what it sends is no frame of docs/frames.md; the others are answered as before.
                if not isinstance(error, OSError):
                    traceback.print_exc()
                selector.unregister(connection.sock)
                connection.sock.close()
                connection.close_shared()
                connections -= 1
                if connections == 0:
                    os.unlink(path)
                    return


def main(arguments: list[str]) -> int:
    global np
    # The server decides when a worker ends; a Ctrl-C on the terminal reaches the whole group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if arguments == ["--describe"]:
        # Whatever the project prints must not come between the server and the answer.
        answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        try:
            request = json.load(sys.stdin)
            np = importlib.import_module("numpy")
            told = describe(request)
        except Refused as refused:
            told = {"error": {"code": refused.code, "message": refused.message, "detail": refused.detail}}
        print(json.dumps(told), file=answer, flush=True)
        return 1 if "error" in told else 0
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    serve(arguments[0])
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that a library left running must not keep a worker alive that nobody asks any more.
    os._exit(code)
