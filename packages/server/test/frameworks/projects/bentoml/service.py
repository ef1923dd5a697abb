from __future__ import annotations

from typing import Annotated

import bentoml
import joblib
import numpy as np
from bentoml.validators import DType, Shape
from numpy.typing import NDArray


@bentoml.service(resources={"cpu": "1"})
class Wine:
    def __init__(self) -> None:
        self.model = joblib.load("model.joblib")

    @bentoml.api(batchable=True)
    def classify(
        self, measurements: Annotated[np.ndarray, DType("float64"), Shape((-1, 13))]
    ) -> Annotated[NDArray[np.float64], Shape((-1, 3))]:
        return self.model.predict_proba(measurements)
