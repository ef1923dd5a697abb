from typing import Annotated, NamedTuple

import joblib
import numpy as np
from numpy.typing import NDArray


class Answer(NamedTuple):
    label: Annotated[NDArray[np.int64], (-1,)]
    probabilities: Annotated[NDArray[np.float64], (-1, 2)]


def load(folder):
    return joblib.load(folder + "/model.joblib")


def predict(model, x: Annotated[NDArray[np.float64], (-1, 30)]) -> Answer:
    return Answer(model.predict(x), model.predict_proba(x))
