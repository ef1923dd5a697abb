"""BentoML as its documentation writes a service with a batchable API, one worker for each core.

https://docs.bentoml.com/en/latest/get-started/adaptive-batching.html, /build-with-bentoml/parallelize-requests.html and
/build-with-bentoml/iotypes.html. A batchable API takes one parameter, so a model with two inputs is served without batching, and so is a file.
"""

import os
from pathlib import Path

import bentoml
import numpy as np
from served import Served


@bentoml.service(workers=int(os.environ["WORKERS"]))
class Model:
    def __init__(self) -> None:
        self.model = Served()

    @bentoml.api(batchable=True)
    def predict(self, rows: np.ndarray) -> np.ndarray:
        [(name, kind)] = self.model.inputs.items()
        return self.model.run({name: rows.astype(kind).reshape(-1, *self.model.shapes[name])})

    @bentoml.api
    def predict_tokens(self, input_ids: list[int], attention_mask: list[int]) -> list[float]:
        return self.model.run_row(self.model.row({"input_ids": input_ids, "attention_mask": attention_mask})).tolist()

    @bentoml.api
    def predict_file(self, file: Path) -> list[float]:
        return self.model.run_row(self.model.row_of_octets(file.read_bytes())).tolist()
