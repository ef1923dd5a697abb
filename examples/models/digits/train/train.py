"""Trains the digits model and measures it. See ../README.md.

pip install -r requirements.txt
python train.py            about four minutes on one core; writes ../1/model.onnx, strokes.json and ../examples
"""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from PIL import Image
from sklearn.datasets import load_digits

from augment import pool
from constructed import constructed
from drawing import read, render
from handwriting import Drawing, plain, variants
from handwriting import main as write_strokes
from network import CLASSES, Adam, Network

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))
from golden import outputs, write_example, write_file_example  # noqa: E402

MODEL = HERE.parent / "1" / "model.onnx"
SEED = 8
# The images follow their writers, so the last of them are by other hands than most of the rest: the honest test.
HELD_OUT = 360
REDRAWN = 24
# Constructed digits: so many of each, and so many in each batch beside the handwriting.
CONSTRUCTED = 800
MIXED_IN = 32
STEPS = 5000
BATCH = 96
RATE = 2e-3
DECAY = 1e-2
SMOOTHING = 0.05


def batches(images: np.ndarray, labels: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Handwriting, redrawings of it and constructed digits [n, 1, 8, 8], with soft targets [n, 10]; without end."""
    rng = np.random.default_rng(SEED)
    drawn = pool(images, REDRAWN, SEED)
    more, more_labels = constructed(CONSTRUCTED, SEED)
    soft = np.eye(CLASSES, dtype=np.float32) * (1 - SMOOTHING) + SMOOTHING / CLASSES
    while True:
        which, other = rng.integers(0, len(images), BATCH), rng.integers(0, len(more), MIXED_IN)
        mixed = np.concatenate([drawn[rng.integers(0, REDRAWN, BATCH), which], more[other]])
        yield mixed[:, None], soft[np.concatenate([labels[which], more_labels[other]])]


def fit(images: np.ndarray, labels: np.ndarray) -> Network:
    network, adam = Network(SEED), Adam(DECAY)
    for step, (batch, targets) in enumerate(islice(batches(images, labels), STEPS)):
        loss = network.learn(batch, targets)
        adam.step(network, RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS)))
        if step % 500 == 0:
            print(f"step {step:5} of {STEPS}  loss {loss:.3f}", flush=True)
    return network


def answers(images: np.ndarray) -> np.ndarray:
    """The digit that the written model reads in each of [n, 8, 8]."""
    session = ort.InferenceSession(MODEL, providers=["CPUExecutionProvider"])
    return session.run(None, {"image": images[:, None].astype(np.float32)})[0].argmax(1)


def share_read(drawings: Iterable[Drawing]) -> float:
    """The share of drawings that are read right, on their way through the canvas."""
    drawings = list(drawings)
    images = np.stack([read(render(drawing.strokes, drawing.pen)) for drawing in drawings])
    wanted = np.array([drawing.digit for drawing in drawings])
    given = answers(images)
    print("  misread:", [(int(a), int(b)) for a, b in zip(wanted, given, strict=True) if a != b])
    return float((given == wanted).mean())


def write_examples(images: np.ndarray, labels: np.ndarray) -> None:
    """Three images that were held out, one request of four rows, and a drawing as a picture."""
    tensors = images[:, None]
    for name, digit in {"three": 3, "five": 5, "eight": 8}.items():
        write_example(MODEL, name, {"image": tensors[labels == digit][:1]})
    write_example(MODEL, "four-rows", {"image": tensors[:4]})
    seven = list(plain())[7]
    picture = render(seven.strokes, seven.pen).round().astype(np.uint8)
    Image.fromarray(picture).save(MODEL.parent.parent / "examples" / "7.png", optimize=True)
    expected = outputs(MODEL, {"image": read(picture)[None, None]})
    # The means of areas are summed in another order, so the last digits may differ.
    write_file_example(MODEL, "drawn-seven", "7.png", expected, 1e-3)


def main() -> None:
    data = load_digits()
    images, labels = (data.images / 16).astype(np.float32), data.target
    network = fit(images[:-HELD_OUT], labels[:-HELD_OUT])
    MODEL.parent.mkdir(exist_ok=True)
    onnx.save(network.to_onnx(), MODEL)
    write_strokes()
    measured = {
        "accuracy": float((answers(images[-HELD_OUT:]) == labels[-HELD_OUT:]).mean()),
        "drawings": share_read(plain()),
        "variants": share_read(variants()),
    }
    print(json.dumps(measured), f"{MODEL.stat().st_size} bytes")
    write_examples(images[-HELD_OUT:], labels[-HELD_OUT:])


if __name__ == "__main__":
    main()
