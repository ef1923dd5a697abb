"""The model that a peer serves: its session, what it takes, and a count of runs and rows that outlives the process.

Environment: MODEL, the file; COUNTS, a folder for the counts (without it nothing is counted).
"""

import mmap
import os
import struct

import numpy as np
import onnxruntime as ort

TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64}


class RunCount:
    """Two 64-bit integers, runs and rows, in a file for each process: many processes serve, and none is asked to report when it ends."""

    def __init__(self) -> None:
        self.runs = self.rows = 0
        folder = os.environ.get("COUNTS")
        self.memory = None if folder is None else self.open(os.path.join(folder, str(os.getpid())))

    @staticmethod
    def open(path: str) -> mmap.mmap:
        with open(path, "wb+") as file:
            file.write(bytes(16))
            file.flush()
            return mmap.mmap(file.fileno(), 16)

    def add(self, rows: int) -> None:
        self.runs += 1
        self.rows += rows
        if self.memory is not None:
            struct.pack_into("<qq", self.memory, 0, self.runs, self.rows)


class Served:
    def __init__(self, options: ort.SessionOptions | None = None) -> None:
        self.session = ort.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
        self.inputs = {given.name: TYPES[given.type] for given in self.session.get_inputs()}
        # Of one row; -1 where the model leaves a dimension free.
        self.shapes = {
            given.name: [size if isinstance(size, int) else -1 for size in given.shape[1:]] for given in self.session.get_inputs()
        }
        self.output = self.session.get_outputs()[0].name
        self.count = RunCount()

    def row(self, body: dict) -> dict[str, np.ndarray]:
        """One row from flat lists by input name."""
        return {name: np.array(body[name], dtype=kind).reshape(self.shapes[name]) for name, kind in self.inputs.items()}

    def row_of_octets(self, octets: bytes) -> dict[str, np.ndarray]:
        """One row of a model with one input from its values, little-endian."""
        [(name, kind)] = self.inputs.items()
        return {name: np.frombuffer(octets, dtype=kind).reshape(self.shapes[name])}

    def join(self, rows: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """One batch; sequences are padded with zeros to the longest, as tokenizers pad."""
        return {name: self.stack([row[name] for row in rows]) for name in self.inputs}

    @staticmethod
    def stack(arrays: list[np.ndarray]) -> np.ndarray:
        longest = max(array.shape[0] for array in arrays)
        if arrays[0].ndim == 1 and any(array.shape[0] != longest for array in arrays):
            arrays = [np.pad(array, (0, longest - array.shape[0])) for array in arrays]
        return np.stack(arrays)

    def run(self, feeds: dict[str, np.ndarray]) -> np.ndarray:
        """The first output of a batch."""
        [answer] = self.session.run([self.output], feeds)
        self.count.add(len(answer))
        return answer

    def run_row(self, row: dict[str, np.ndarray]) -> np.ndarray:
        return self.run({name: array[np.newaxis] for name, array in row.items()})[0]
