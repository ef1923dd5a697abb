"""What the scripts of this folder share: rows of a model, what onnxruntime makes of them, and one printed line for each check.

A script is started as

    python NAME.py BASE_URL GRPC_ADDRESS MODELS FIXTURES

with the folder of the example packages and the folder of the conformance models, all of which the server has loaded, digits
as its default model. It prints `ok      …` or `FAILED  …` for each check, `numbers […]` with the scores that the digits model
gave its client for the first row, and exits 0 when all checks hold. Needs numpy and onnxruntime.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

ROWS = 3
# Integers that a float64 cannot hold, in the rows of the model identity-int64.
WIDE = np.array([[2**53 + 1, -(2**63), 2**63 - 1, 0], [1, -(2**53) - 1, 2**62 + 1, -1]], np.int64)
NUMPY = {"tensor(float)": np.float32, "tensor(string)": np.object_}


class Model:
    """A model that the server has loaded, opened here, too. Its rows are those of its examples and differ from each other."""

    def __init__(self, path):
        self.name = path.stem if path.is_file() else path.name
        self.session = onnxruntime.InferenceSession(path if path.is_file() else newest_file(path))
        (self.input,) = (one.name for one in self.session.get_inputs())
        self.outputs = [one.name for one in self.session.get_outputs()]
        self.rows = WIDE if path.is_file() else self.example_rows(path)

    def example_rows(self, folder):
        (spec,) = self.session.get_inputs()
        rows = []
        for file in sorted((folder / "examples").glob("*.json")):
            for given in json.loads(file.read_text())["request"].get("inputs", []):
                rows.extend(np.array(given["data"], NUMPY[spec.type]).reshape([-1, *spec.shape[1:]]))
        rows = np.stack(rows[:ROWS])
        assert len({row.tobytes() for row in rows}) == ROWS, f"the examples of {self.name} have too few distinct rows"
        return rows

    def expected(self, rows):
        """What onnxruntime answers, by output."""
        return {name: tensor(value) for name, value in zip(self.outputs, self.session.run(self.outputs, {self.input: rows}))}


def tensor(value):
    """scikit-learn's export has scores as one map for each row; a server has them as a tensor, in the order of the labels."""
    return value if isinstance(value, np.ndarray) else np.array([list(row.values()) for row in value], np.float32)


def newest_file(folder):
    versions = sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit())
    return folder / str(versions[-1]) / "model.onnx"


def same(got, wanted):
    got = np.asarray(got)
    assert got.shape == wanted.shape, f"shape {got.shape}, expected {wanted.shape}"
    if wanted.dtype.kind == "f":
        np.testing.assert_allclose(got.astype(wanted.dtype), wanted, rtol=1e-5, atol=1e-6)
    else:
        assert (got == wanted).all(), f"{got} is not {wanted}"


def refused(call, *, status, says):
    """`call` gives a status and a text; both must be as told. The text holds a reason, no path and no stack."""
    given, text = call()
    assert given == status, f"answered {given}, expected {status}: {text[:200]}"
    assert says in text, f"{says!r} is not in {text[:200]!r}"
    assert "node_modules" not in text and "    at " not in text, text[:200]


class Place:
    """Where everything is, from the command line."""

    def __init__(self):
        if len(sys.argv) != 5:
            sys.exit(__doc__)
        self.url, self.grpc = sys.argv[1].rstrip("/"), sys.argv[2]
        self.models, self.fixtures = Path(sys.argv[3]), Path(sys.argv[4])

    def example(self, name):
        return Model(self.models / name)

    def fixture(self, name):
        return Model(self.fixtures / f"{name}.onnx")


def run(checks, numbers=None):
    """Runs all checks, whatever becomes of the first; `numbers` gives the digits scores that the client got, if it asked for them."""
    failures = 0
    for check in checks:
        what = check.__name__.replace("_", " ")
        try:
            check()
            print(f"ok      {what}", flush=True)
        except Exception as error:  # a client's own errors are of many kinds
            failures += 1
            print(f"FAILED  {what}: {type(error).__name__}: {' '.join(str(error).split())[:300]}", flush=True)
    try:
        if numbers is not None:
            print("numbers " + json.dumps([float(one) for one in np.asarray(numbers()).ravel()]))
    except Exception as error:
        failures += 1
        print(f"FAILED  the digits image: {type(error).__name__}: {' '.join(str(error).split())[:300]}")
    sys.exit(1 if failures else 0)
