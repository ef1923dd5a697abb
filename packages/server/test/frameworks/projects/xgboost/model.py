from typing import Annotated

import numpy as np
import xgboost
from numpy.typing import NDArray


def load(folder):
    return xgboost.Booster(model_file=folder + "/model.json")


def predict(model, x: Annotated[NDArray[np.float32], (-1, 13)]) -> Annotated[NDArray[np.float32], (-1, 3)]:
    return model.predict(xgboost.DMatrix(x))
