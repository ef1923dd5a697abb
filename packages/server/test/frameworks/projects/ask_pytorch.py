"""What the network of examples/pytorch-image answers in plain PyTorch."""

import json
from pathlib import Path

import torch
from network import trained
from own_answer import tell

[given] = json.loads(Path("examples/four-rows.json").read_text())["request"]["inputs"]
image = torch.tensor(given["data"], dtype=torch.float32).reshape(given["shape"])
with torch.inference_mode():
    tell({"image": image.numpy()}, {"output": trained()(image).numpy()})
