"""Digits constructed from lines and arcs with random proportions, to learn from beside the handwriting.

The handwriting comes from 13 people on paper. Other people write a 1 with a long flag or a foot, cross their 7, leave their 4 open:
too rare in the data to be learned from it. Shapes are in a box about 100 wide and 140 high, y downwards.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from drawing import read, render

CANVAS = 72

Line = np.ndarray
Shape = list[Line]


def arc(centre: tuple[float, float], radii: tuple[float, float], begin: float, end: float) -> Line:
    """Part of an ellipse from one angle to another, in degrees, clockwise from the right."""
    angle = np.radians(np.linspace(begin, end, 14))
    return np.stack([centre[0] + radii[0] * np.cos(angle), centre[1] + radii[1] * np.sin(angle)], axis=1)


def path(*parts: tuple[float, float] | Line) -> Line:
    """Points and arcs, one after the other, as one stroke."""
    return np.vstack([np.atleast_2d(part) for part in parts])


def zero(r: Generator) -> Shape:
    start = r.uniform(-150, -40)
    return [arc((50, 70), (r.uniform(28, 48), 70), start, start + r.uniform(345, 375))]


def one(r: Generator) -> Shape:
    stem, top = r.uniform(-6, 6), 50.0
    line = path((top, 0), (top + stem, 140))
    if r.random() < 0.25:
        return [line]
    shape = [path((top - r.uniform(12, 42), r.uniform(14, 48)), line)]
    if r.random() < 0.4:
        shape.append(path((top + stem - r.uniform(14, 38), 140), (top + stem + r.uniform(14, 38), 140)))
    return shape


def two(r: Generator) -> Shape:
    radius = r.uniform(28, 42)
    bow = arc((50, 40), (radius, 40), r.uniform(170, 220), r.uniform(370, 400))
    left, right = r.uniform(6, 18), r.uniform(82, 98)
    return [path(bow, (left, r.uniform(132, 140)), (right, r.uniform(132, 140)))]


def three(r: Generator) -> Shape:
    waist = r.uniform(56, 70)
    lower = arc((44, (waist + 140) / 2), (r.uniform(34, 46), (140 - waist) / 2), -90, r.uniform(120, 160))
    if r.random() < 0.3:
        return [path((10, 0), (r.uniform(72, 88), 0), (40, waist), lower)]
    return [path(arc((44, waist / 2), (r.uniform(28, 40), waist / 2), r.uniform(-160, -130), 90), lower)]


def four(r: Generator) -> Shape:
    bar, stem = r.uniform(78, 104), r.uniform(62, 78)
    across = (r.uniform(86, 100), bar + r.uniform(-4, 4))
    if r.random() < 0.4:
        return [path((stem, 140), (stem, 0), (4, bar), across)]
    left = r.uniform(4, 18)
    return [path((r.uniform(left, 48), 0), (left, bar), across), path((stem, r.uniform(0, 60)), (stem + r.uniform(-6, 4), 140))]


def five(r: Generator) -> Shape:
    left, waist = r.uniform(14, 24), r.uniform(52, 66)
    bowl = arc((44, (waist + 140) / 2 - 4), (r.uniform(34, 46), (140 - waist) / 2 + 4), r.uniform(-130, -100), r.uniform(120, 155))
    top = (r.uniform(74, 92), r.uniform(-2, 4))
    if r.random() < 0.5:
        return [path(top, (left + 2, 2), (left - 2, waist + 4), bowl)]
    return [path((left + 2, 2), (left - 2, waist + 4), bowl), path((left + 2, 2), top)]


def six(r: Generator) -> Shape:
    height, width = r.uniform(30, 40), r.uniform(32, 42)
    loop = arc((50, 140 - height), (width, height), 190, 190 - r.uniform(330, 370))
    return [path((r.uniform(52, 82), r.uniform(0, 8)), (r.uniform(24, 36), r.uniform(36, 52)), loop)]


def seven(r: Generator) -> Shape:
    corner, foot = r.uniform(82, 96), r.uniform(28, 50)
    bend = (corner + foot) / 2 + r.uniform(-8, 4)
    line = path((r.uniform(4, 16), r.uniform(0, 8)), (corner, 2), (bend, 68), (foot, 140))
    if r.random() < 0.4:
        return [line, path((bend - r.uniform(20, 32), r.uniform(62, 76)), (bend + r.uniform(18, 30), r.uniform(60, 74)))]
    return [line]


def eight(r: Generator) -> Shape:
    waist = r.uniform(56, 68)
    upper, lower = r.uniform(26, 36), r.uniform(32, 44)
    above, below = (50, waist / 2), (50, (waist + 140) / 2)
    if r.random() < 0.4:
        return [arc(above, (upper, waist / 2), 90, 450), arc(below, (lower, (140 - waist) / 2), -90, 270)]
    back = arc(above, (upper, waist / 2), -30, -270)
    return [path(back, arc(below, (lower, (140 - waist) / 2), -90, 270), arc(above, (upper, waist / 2), 90, -20))]


def nine(r: Generator) -> Shape:
    height, right = r.uniform(30, 40), r.uniform(78, 90)
    loop = arc((50, height), (right - 50, height), r.uniform(-40, -10), -360)
    tail = r.uniform(-30, 4)
    end = arc((right - 34, 106), (34, 34), 0, r.uniform(80, 140)) if r.random() < 0.35 else (right + tail, 140)
    return [path(loop, (right, height + 10), end)]


DIGITS: list[Callable[[Generator], Shape]] = [zero, one, two, three, four, five, six, seven, eight, nine]


def draw(digit: int, r: Generator) -> np.ndarray:
    """One digit as the model sees it, [8, 8] from 0 to 1: turned, slanted, stretched, unsteady, with some pen."""
    turn, slant = r.normal(0, 0.08), r.normal(0, 0.15)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[r.uniform(0.75, 1.15), slant], [0, 1]])
    strokes = [(line + r.normal(0, 1.5, line.shape) - (50, 70)) @ matrix.T * 0.36 + CANVAS / 2 for line in DIGITS[digit](r)]
    return read(render(strokes, r.uniform(3.5, 12), CANVAS))


def constructed(each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """[10 * each, 8, 8] and the digits."""
    r = np.random.default_rng(seed)
    labels = np.repeat(np.arange(10), each)
    return np.stack([draw(int(digit), r) for digit in labels]), labels
