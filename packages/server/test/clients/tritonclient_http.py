# /// script
# dependencies = ["tritonclient[http]==2.73.0", "onnxruntime==1.31.1", "numpy==2.4.6"]
# ///
"""Proves a server with tritonclient's HTTP client, against onnxruntime itself.

    python tritonclient_http.py BASE_URL MODEL_FOLDER

MODEL_FOLDER is a package that the server has loaded (digits/1/model.onnx); its model takes numbers in rows. Prints one line
for each check, what the first row got, and exits 0 when all checks hold. Needs tritonclient[http], numpy and onnxruntime.
"""

import json
import sys
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import onnxruntime
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

ROWS = 4


def newest_file(folder):
    versions = sorted((int(path.name) for path in folder.iterdir() if path.name.isdigit()))
    return folder / str(versions[-1]) / "model.onnx"


def rows_of(folder, spec):
    """Rows from the package's examples, made up to ROWS with random ones; all of them different."""
    dtype = triton_to_np_dtype(spec["datatype"])
    shape = [1 if size < 0 else size for size in spec["shape"]]
    rows = []
    for path in sorted((folder / "examples").glob("*.json")):
        request = json.loads(path.read_text())["request"]
        for given in request.get("inputs", []):
            if given["name"] == spec["name"] and given["datatype"] == spec["datatype"]:
                rows.extend(np.array(given["data"], dtype).reshape([-1, *shape[1:]]))
    random = np.random.default_rng(7)
    rows.extend(random.uniform(0, 16, [max(0, ROWS - len(rows)), *shape[1:]]).astype(dtype))
    return np.stack(rows[:ROWS])


def tensor_of(answer):
    """What onnxruntime gave, as a tensor: a ZipMap's maps become columns."""
    return np.array([list(row.values()) for row in answer], np.float32) if isinstance(answer, list) else answer


def texts(tensor):
    """Elements of BYTES as text: they come as octets in binary, as strings in JSON."""
    return [element.decode() if isinstance(element, bytes) else str(element) for element in tensor.ravel()]


class Proof:
    def __init__(self, url, folder):
        self.client = triton.InferenceServerClient(urlparse(url).netloc, concurrency=4)
        self.name = folder.name
        self.file = newest_file(folder)
        self.session = onnxruntime.InferenceSession(str(self.file))
        self.metadata = self.client.get_model_metadata(self.name)
        (self.input,) = self.metadata["inputs"]
        self.outputs = [output["name"] for output in self.metadata["outputs"]]
        self.rows = rows_of(folder, self.input)
        answers = self.session.run(self.outputs, {self.input["name"]: self.rows})
        self.expected = {name: tensor_of(answer) for name, answer in zip(self.outputs, answers)}

    def given(self, rows, binary):
        tensor = triton.InferInput(self.input["name"], list(rows.shape), self.input["datatype"])
        tensor.set_data_from_numpy(rows, binary_data=binary)
        return [tensor]

    def same(self, result, rows=slice(None)):
        for name, expected in self.expected.items():
            got = result.as_numpy(name)
            if expected.dtype.kind in "OU":
                assert texts(got) == texts(expected[rows]), got
                continue
            assert got.dtype == expected.dtype, f"{name} came as {got.dtype}"
            np.testing.assert_allclose(got, expected[rows], rtol=1e-4, atol=1e-6, err_msg=name)

    def infer(self, binary):
        outputs = [triton.InferRequestedOutput(name, binary_data=binary) for name in self.outputs]
        result = self.client.infer(self.name, self.given(self.rows, binary), outputs=outputs, request_id="a-1")
        self.same(result)
        response = result.get_response()
        assert response["id"] == "a-1" and response["model_name"] == self.name, response
        assert ("data" in response["outputs"][0]) != binary, response["outputs"][0].keys()

    def lives(self):
        assert self.client.is_server_live()
        assert self.client.is_server_ready()
        assert self.client.is_model_ready(self.name)
        assert not self.client.is_model_ready("there-is-no-such-model")

    def describes_the_server(self):
        extensions = self.client.get_server_metadata()["extensions"]
        for wanted in ("classification", "model_repository", "schedule_policy", "model_configuration", "statistics"):
            assert wanted in extensions, extensions

    def describes_the_model(self):
        assert self.metadata["name"] == self.name
        given = [(one.name, [-1 if isinstance(size, str) else size for size in one.shape]) for one in self.session.get_inputs()]
        assert [(one["name"], one["shape"]) for one in self.metadata["inputs"]] == given, self.metadata["inputs"]

    def infers_in_json(self):
        self.infer(binary=False)

    def infers_in_binary(self):
        self.infer(binary=True)

    def infers_a_version(self):
        version = self.file.parent.name
        self.same(self.client.infer(self.name, self.given(self.rows, True), model_version=version))

    def infers_compressed(self):
        self.same(self.client.infer(self.name, self.given(self.rows, True), request_compression_algorithm="gzip"))

    def infers_many_at_once(self):
        pending = [self.client.async_infer(self.name, self.given(self.rows[[row]], True)) for row in range(ROWS)]
        for row, request in enumerate(pending):
            self.same(request.get_result(), [row])

    def classifies(self):
        name = next(name for name in reversed(self.outputs) if self.expected[name].dtype.kind == "f")
        wanted = self.expected[name].reshape(ROWS, -1)
        count = min(3, wanted.shape[1])
        for binary in (True, False):
            outputs = [triton.InferRequestedOutput(name, binary_data=binary, class_count=count)]
            result = self.client.infer(self.name, self.given(self.rows, True), outputs=outputs)
            classes = result.as_numpy(name)
            assert classes.shape == (ROWS, count), classes.shape
            for row, order in enumerate(np.argsort(-wanted, axis=1, kind="stable")[:, :count]):
                for text, index in zip(classes[row], order):
                    value, place = (text.decode() if isinstance(text, bytes) else text).split(":")[:2]
                    assert int(place) == index, (text, index)
                    np.testing.assert_allclose(float(value), wanted[row, index], rtol=1e-4, atol=1e-6)

    def takes_timeout_and_priority(self):
        self.same(self.client.infer(self.name, self.given(self.rows, True), priority=1, timeout=5_000_000))

    def refuses_sequences(self):
        self.refused("501", lambda: self.client.infer(self.name, self.given(self.rows, True), sequence_id=7, sequence_start=True))

    def configures(self):
        config = self.client.get_model_config(self.name)
        (given,) = config["input"]
        batched = config["max_batch_size"] > 0
        assert config["platform"] == "onnxruntime_onnx" and config["backend"] == "onnxruntime"
        assert given["data_type"] == f"TYPE_{self.input['datatype']}"
        assert given["dims"] == self.input["shape"][1 if batched else 0 :], given

    def counts(self):
        def figures():
            (stats,) = self.client.get_inference_statistics(self.name)["model_stats"]
            return stats

        before = figures()
        for _ in range(3):
            self.client.infer(self.name, self.given(self.rows, True))
        after = figures()
        grown = {key: after[key] - before[key] for key in ("inference_count", "execution_count")}
        assert 1 <= grown["execution_count"] <= 3, grown
        config = self.client.get_model_config(self.name)
        assert grown["inference_count"] == (3 * ROWS if config["max_batch_size"] > 0 else 3), grown
        for phase in ("success", "queue", "compute_input", "compute_infer", "compute_output"):
            assert after["inference_stats"][phase]["count"] - before["inference_stats"][phase]["count"] == 3, phase
        infer = after["inference_stats"]["compute_infer"]["ns"] - before["inference_stats"]["compute_infer"]["ns"]
        total = after["inference_stats"]["success"]["ns"] - before["inference_stats"]["success"]["ns"]
        assert 0 < infer <= total, (infer, total)
        assert sum(batch["compute_infer"]["count"] for batch in after["batch_stats"]) == after["execution_count"]
        assert after["last_inference"] >= before["last_inference"] > 1.6e12

    def unloads_and_loads(self):
        def states():
            index = self.client.get_model_repository_index()
            return {entry["state"] for entry in index if entry["name"] == self.name}

        assert states() == {"READY"}, states()
        self.client.unload_model(self.name, unload_dependents=True)
        assert states() == {"UNAVAILABLE"}, states()
        assert not self.client.is_model_ready(self.name)
        self.refused("404", lambda: self.client.infer(self.name, self.given(self.rows, True)))
        self.client.load_model(self.name)
        assert states() == {"READY"}, states()
        self.infers_in_binary()

    def refuses_with_reasons(self):
        nobody = "there-is-no-such-model"
        self.refused("404", lambda: self.client.infer(nobody, self.given(self.rows, True)))
        self.refused("404", lambda: self.client.load_model(nobody))
        self.refused("404", lambda: self.client.unload_model(nobody))
        self.refused("404", lambda: self.client.get_inference_statistics(nobody))
        self.refused("501", lambda: self.client.load_model(self.name, config="{}"))
        self.refused("501", lambda: self.client.get_trace_settings())
        self.refused("501", lambda: self.client.get_log_settings())
        self.refused("400", lambda: self.client.infer(self.name, self.given(self.rows[:, :-1], True)))
        self.infers_in_binary()

    @staticmethod
    def refused(status, call):
        try:
            call()
        except InferenceServerException as error:
            assert error.status() == status, f"{error.status()}: {error.message()}"
            assert len(error.message()) > 10, error.message()
            return
        raise AssertionError(f"not refused; expected {status}")


CHECKS = [
    Proof.lives,
    Proof.describes_the_server,
    Proof.describes_the_model,
    Proof.infers_in_json,
    Proof.infers_in_binary,
    Proof.infers_a_version,
    Proof.infers_compressed,
    Proof.infers_many_at_once,
    Proof.classifies,
    Proof.takes_timeout_and_priority,
    Proof.refuses_sequences,
    Proof.configures,
    Proof.counts,
    Proof.unloads_and_loads,
    Proof.refuses_with_reasons,
]


def main(url, folder):
    proof = Proof(url, Path(folder).resolve())
    failures = 0
    for check in CHECKS:
        what = check.__name__.replace("_", " ")
        try:
            check(proof)
            print(f"ok      {what}")
        except Exception as error:  # every check is run, whatever the others do
            failures += 1
            print(f"FAILED  {what}: {type(error).__name__}: {' '.join(str(error).split())[:300]}")
    first = proof.client.infer(proof.name, proof.given(proof.rows[:1], True))
    print("numbers " + json.dumps(first.as_numpy(proof.outputs[-1]).ravel().tolist()))
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
