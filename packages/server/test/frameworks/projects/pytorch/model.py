from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray


class Network(torch.nn.Sequential):
    def __init__(self):
        super().__init__(
            torch.nn.Conv2d(1, 16, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Conv2d(16, 32, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
            torch.nn.Linear(512, 8),
        )


def load(folder):
    network = Network()
    network.load_state_dict(torch.load(folder + "/weights.pt", weights_only=True))
    return network.eval()


def predict(model, image: Annotated[NDArray[np.float32], (-1, 1, 8, 8)]) -> Annotated[NDArray[np.float32], (-1, 8)]:
    with torch.inference_mode():
        return model(torch.from_numpy(image)).softmax(1)
