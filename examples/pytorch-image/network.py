"""The network, by itself, so that training, serving and converting use the same."""

from pathlib import Path

import torch
from torch import nn


class Network(nn.Module):
    """Images [rows, 1, 8, 8] from 0 to 1, to the probabilities of ten digits [rows, 10]."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1),
            nn.BatchNorm2d(24),
            nn.ReLU(),
            nn.Conv2d(24, 32, 3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(0.3),
            nn.Flatten(),
            nn.Linear(512, 64),
            nn.ReLU(),
            nn.Linear(64, 10),
        )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.layers(image).softmax(dim=1)


def trained(folder: str = str(Path(__file__).parent)) -> Network:
    """With the weights that train.py wrote."""
    network = Network()
    network.load_state_dict(torch.load(Path(folder) / "weights.pt", weights_only=True))
    return network.eval()
