"""The pipeline as it was trained: one input for each column, rows of several requests in one call."""
from typing import Annotated, TypedDict

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = Annotated[NDArray[np.float64], (-1, 1)]
Words = Annotated[NDArray[np.object_], (-1, 1)]


class Answer(TypedDict):
    label: Annotated[NDArray[np.object_], (-1,)]
    probabilities: Annotated[NDArray[np.float64], (-1, 2)]


def load(folder):
    return joblib.load(folder + "/model.joblib")


def predict(model, tenure: Numbers, charges: Numbers, contract: Words, payment: Words) -> Answer:
    table = pd.DataFrame({"tenure": tenure[:, 0], "charges": charges[:, 0], "contract": contract[:, 0], "payment": payment[:, 0]})
    # An empty text stands for one that is missing.
    table[["contract", "payment"]] = table[["contract", "payment"]].astype(object).replace("", np.nan)
    return {"label": model.predict(table), "probabilities": model.predict_proba(table)}
