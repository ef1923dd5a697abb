"""Served as it is: slipway serve examples/pytorch-image"""

from typing import Annotated

import numpy as np
import torch
from network import trained
from numpy.typing import NDArray


def load(folder):
    return trained(folder)


def predict(model, image: Annotated[NDArray[np.float32], (-1, 1, 8, 8)]) -> Annotated[NDArray[np.float32], (-1, 10)]:
    with torch.inference_mode():
        return model(torch.from_numpy(image))
