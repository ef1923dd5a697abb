"""What a canvas and the server do to a drawing, in numpy: strokes to a picture, a picture to the 8x8 image of the model."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

CANVAS = 280
SIZE = 8
# A pixel is ink from this share of the brightest one on.
INK = 0.2

Stroke = Sequence[Sequence[float]]


def render(strokes: Sequence[Stroke], pen: float, canvas: int = CANVAS) -> np.ndarray:
    """White strokes of `pen` pixels with round caps and joins on black, anti-aliased; [canvas, canvas] from 0 to 255."""
    y, x = np.mgrid[0:canvas, 0:canvas] + 0.5
    nearest = np.full((canvas, canvas), np.inf)
    for stroke in strokes:
        points = [np.array(point, float) for point in stroke]
        ends = list(pairwise(points)) or [(points[0], points[0])]
        for (ax, ay), (bx, by) in ends:
            dx, dy = bx - ax, by - ay
            length = dx * dx + dy * dy
            along = np.clip(((x - ax) * dx + (y - ay) * dy) / length, 0, 1) if length > 0 else 0
            nearest = np.minimum(nearest, np.hypot(x - ax - along * dx, y - ay - along * dy))
    return np.clip(pen / 2 - nearest + 0.5, 0, 1) * 255


def coverage(start: float, step: float, length: int, count: int = SIZE) -> np.ndarray:
    """[count, length]: the share that each pixel has in each of `count` cells, which are `step` pixels long and begin at `start`."""
    edges = start + step * np.arange(count + 1)
    pixels = np.arange(length)
    low = np.maximum(edges[:-1, None], pixels[None])
    high = np.minimum(edges[1:, None], pixels[None] + 1)
    return np.maximum(high - low, 0) / step


def read(picture: np.ndarray) -> np.ndarray:
    """Crop to the ink, fit into 8x8 keeping the proportions (centred, the rest black), mean of each cell, 0 to 1."""
    if picture.max() <= 0:
        return np.zeros((SIZE, SIZE), np.float32)
    ink = picture >= INK * picture.max()
    rows, across = np.where(ink.any(1))[0], np.where(ink.any(0))[0]
    top, left = rows[0], across[0]
    height, width = rows[-1] - top + 1, across[-1] - left + 1
    inked = picture[top : top + height, left : left + width]
    step = max(height, width) / SIZE
    down = coverage((height - step * SIZE) / 2, step, height)
    over = coverage((width - step * SIZE) / 2, step, width)
    return (down @ inked @ over.T / 255).astype(np.float32)
