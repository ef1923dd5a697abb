"""More handwriting out of the handwriting there is: each 8x8 image is drawn again a little otherwise.

The data are counts of 4x4 blocks of a 32x32 bitmap, so an image is brought back to 32x32, bent, made thicker or thinner,
and then goes the way that a drawing goes (cropped to its ink, fitted, averaged), so that a drawing looks like what was learned.
"""

import numpy as np
from scipy.ndimage import affine_transform, gaussian_filter, map_coordinates, zoom

from drawing import SIZE, read

FINE = 32
PAD = 12


def fine(image: np.ndarray) -> np.ndarray:
    """An 8x8 image from 0 to 1 as 32x32 with room around."""
    return np.pad(np.clip(zoom(image, FINE // SIZE, order=3, mode="grid-constant", grid_mode=True), 0, 1), PAD)


def bend(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turned, slanted, stretched, and pulled softly in random directions."""
    turn, slant = rng.normal(0, 0.10), rng.normal(0, 0.14)
    stretch = np.exp(rng.normal(0, 0.10, 2))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[1, 0], [slant, 1]]) @ np.diag(stretch)
    centre = (np.array(picture.shape) - 1) / 2
    moved = affine_transform(picture, matrix, centre - matrix @ centre, order=1)
    pull = [gaussian_filter(rng.normal(0, 1, picture.shape), 7) for _ in range(2)]
    strength = rng.uniform(0, 1.2)
    grid = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(float)
    pulled = [axis + strength * field / (field.std() + 1e-9) for axis, field in zip(grid, pull, strict=True)]
    return map_coordinates(moved, pulled, order=1)


def pen(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sharp ink of another thickness, as a mouse draws it: the edge is put where the softened picture passes a random height."""
    soft = gaussian_filter(picture, rng.uniform(0.3, 1.0))
    height = rng.uniform(0.28, 0.6) * soft.max()
    return 1 / (1 + np.exp(-(soft - height) * 24))


def redraw(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One more 8x8 image of the same digit."""
    picture = bend(fine(image), rng)
    if rng.random() < 0.75:
        picture = pen(picture, rng)
    return shift(read(np.clip(picture, 0, 1) * 255), rng)


def shift(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Up to half a pixel to any side, since cropping is never exact, and now and then a little grey or soft."""
    offset = rng.uniform(-0.5, 0.5, 2) * (rng.random() < 0.5)
    moved = affine_transform(image, np.eye(2), offset, order=1)
    return np.clip(moved * rng.uniform(0.8, 1.1), 0, 1).astype(np.float32)


def pool(images: np.ndarray, times: int, seed: int) -> np.ndarray:
    """[n, 8, 8] to [times, n, 8, 8]; the first of them are the images as they are."""
    rng = np.random.default_rng(seed)
    again = [[redraw(image, rng) for image in images] for _ in range(times - 1)]
    return np.stack([images, *np.array(again, np.float32)])
