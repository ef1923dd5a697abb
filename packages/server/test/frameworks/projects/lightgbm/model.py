from typing import Annotated

import lightgbm
import numpy as np
from numpy.typing import NDArray


def load(folder):
    return lightgbm.Booster(model_file=folder + "/model.txt")


def predict(model, x: Annotated[NDArray[np.float64], (-1, 10)]) -> Annotated[NDArray[np.float64], (-1,)]:
    return model.predict(x)
