"""What `slipway convert trained.py:network` calls: the trained network, with probabilities for answers."""

from pathlib import Path

import torch
from model import load


def network():
    return torch.nn.Sequential(load(str(Path(__file__).parent)), torch.nn.Softmax(1)).eval()
