from typing import Annotated

import keras
import numpy as np
from numpy.typing import NDArray


def load(folder):
    return keras.models.load_model(folder + "/model.keras")


def predict(model, image: Annotated[NDArray[np.float32], (-1, 8, 8, 1)]) -> Annotated[NDArray[np.float32], (-1, 10)]:
    return model(image, training=False)
