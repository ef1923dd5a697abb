"""Digits as a hand with a mouse draws them, in three manners each; none of them is ever trained on.

    python handwriting.py      writes strokes.json: the first manner of each digit on a canvas of 280 x 280

A stroke is a list of points in a box 100 wide and 140 high; between them the hand moves in a curve (Catmull-Rom).
A point given twice is a corner.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
BOX = np.array([100.0, 140.0])
PEN = 22

Points = list[tuple[float, float]]
Strokes = list[Points]

MANNERS: dict[int, list[Strokes]] = {
    0: [
        [[(52, 2), (22, 14), (4, 62), (14, 116), (46, 138), (80, 122), (96, 70), (82, 20), (50, 3)]],
        [[(66, 8), (30, 6), (6, 44), (6, 100), (40, 138), (78, 124), (94, 84), (88, 34), (58, 4)]],
        [[(48, 4), (82, 18), (90, 70), (76, 124), (46, 137), (18, 120), (8, 68), (20, 18), (52, 2)]],
    ],
    1: [
        [[(30, 32), (54, 4), (54, 4), (53, 70), (54, 138)]],
        [[(54, 2), (52, 60), (50, 138)]],
        [[(24, 36), (56, 3), (56, 3), (54, 70), (55, 136)], [(24, 137), (55, 136), (84, 137)]],
    ],
    2: [
        [[(10, 36), (24, 10), (54, 2), (84, 20), (82, 54), (50, 94), (8, 136), (8, 136), (52, 134), (94, 135)]],
        [[(14, 26), (44, 3), (78, 14), (84, 46), (56, 88), (12, 134), (12, 134), (50, 130), (92, 138)]],
        [[(12, 30), (40, 4), (76, 12), (80, 48), (52, 92), (20, 126), (12, 112), (34, 112), (62, 130), (94, 132)]],
    ],
    3: [
        [[(12, 18), (44, 2), (80, 16), (78, 48), (42, 66), (42, 66), (82, 80), (90, 112), (56, 138), (10, 124)]],
        [[(10, 10), (50, 2), (86, 22), (74, 54), (36, 64), (36, 64), (80, 74), (88, 108), (52, 136), (12, 132)]],
        [[(10, 5), (46, 4), (86, 4), (86, 4), (44, 56), (44, 56), (84, 74), (88, 108), (54, 138), (10, 126)]],
    ],
    4: [
        [[(42, 4), (26, 46), (6, 88), (6, 88), (50, 90), (96, 88)], [(70, 48), (70, 92), (68, 138)]],
        [[(14, 6), (12, 40), (14, 72), (14, 72), (50, 74), (88, 70)], [(78, 4), (76, 70), (74, 138)]],
        [[(66, 138), (68, 70), (70, 3), (70, 3), (36, 52), (4, 94), (4, 94), (50, 96), (96, 94)]],
    ],
    5: [
        [[(84, 5), (50, 5), (22, 6), (22, 6), (18, 34), (16, 60), (16, 60), (50, 52), (84, 70), (86, 108), (54, 137), (10, 124)]],
        [[(24, 6), (20, 32), (18, 58), (18, 58), (54, 54), (86, 80), (76, 124), (40, 138), (10, 126)], [(24, 6), (54, 7), (86, 4)]],
        [[(88, 8), (56, 4), (28, 8), (28, 8), (22, 36), (14, 64), (14, 64), (46, 58), (76, 74), (78, 110), (48, 136), (8, 130)]],
    ],
    6: [
        [[(74, 4), (42, 24), (16, 66), (10, 106), (34, 137), (70, 132), (86, 102), (66, 76), (36, 80), (14, 104)]],
        [[(60, 2), (28, 34), (10, 84), (18, 126), (50, 138), (82, 122), (80, 90), (50, 76), (20, 94)]],
        [[(82, 14), (52, 6), (22, 40), (10, 90), (26, 130), (60, 136), (84, 110), (70, 80), (38, 76), (16, 96)]],
    ],
    7: [
        [[(8, 8), (50, 7), (92, 6), (92, 6), (64, 64), (40, 138)]],
        [[(8, 10), (48, 8), (90, 6), (90, 6), (66, 60), (44, 138)], [(30, 72), (54, 71), (82, 70)]],
        [[(10, 24), (12, 6), (12, 6), (50, 6), (90, 6), (90, 6), (58, 56), (44, 100), (40, 138)]],
    ],
    8: [
        [[(78, 22), (48, 2), (18, 20), (28, 52), (68, 80), (84, 112), (54, 138), (18, 120), (24, 88), (62, 58), (80, 28), (70, 10)]],
        [
            [
                (50, 66),
                (20, 46),
                (22, 14),
                (52, 2),
                (80, 18),
                (76, 48),
                (50, 66),
                (18, 88),
                (14, 120),
                (48, 138),
                (84, 122),
                (84, 90),
                (50, 66),
            ]
        ],
        [
            [(50, 3), (22, 14), (22, 46), (50, 62), (78, 46), (78, 14), (50, 3)],
            [(50, 62), (16, 80), (16, 122), (50, 138), (84, 122), (84, 80), (50, 62)],
        ],
    ],
    9: [
        [[(82, 26), (50, 3), (18, 20), (16, 52), (44, 68), (74, 54), (82, 24), (82, 24), (78, 80), (62, 138)]],
        [[(84, 34), (58, 4), (22, 14), (14, 46), (42, 66), (74, 50), (84, 22), (84, 22), (84, 80), (82, 138)]],
        [[(80, 20), (46, 4), (14, 28), (24, 62), (60, 62), (82, 22), (82, 22), (82, 80), (66, 126), (24, 134)]],
    ],
}


@dataclass(frozen=True)
class Drawing:
    digit: int
    strokes: list[np.ndarray]
    pen: float


def curve(points: Sequence[tuple[float, float]], steps: int = 6) -> np.ndarray:
    """[m, 2]: a curve through the points; it breaks at a point that is given twice."""
    parts: list[Points] = [[]]
    for point in points:
        if parts[-1] and parts[-1][-1] == point:
            parts.append([])
        parts[-1].append(point)
    return np.concatenate([catmull_rom(np.array(part, float), steps) for part in parts if len(part) > 1])


def catmull_rom(points: np.ndarray, steps: int) -> np.ndarray:
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for before, a, b, after in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        pieces.append(a + 0.5 * t * (b - before + t * (2 * before - 5 * a + 4 * b - after + t * (3 * (a - b) + after - before))))
    return np.vstack([*pieces, points[-1:]])


def place(strokes: Strokes, height: float, corner: tuple[float, float], slant: float = 0.0) -> list[np.ndarray]:
    """The strokes `height` pixels high at `corner` of the canvas; `slant` leans them to the right."""
    lean = np.array([[1, 0], [-slant, 1]])
    return [(curve(stroke) @ lean) * height / BOX[1] + corner for stroke in strokes]


def plain() -> Iterator[Drawing]:
    """The first manner of each digit, in the middle, with the playground's pen."""
    for digit, manners in MANNERS.items():
        yield Drawing(digit, place(manners[0], 190, (72, 45)), PEN)


def variants(seed: int = 1) -> Iterator[Drawing]:
    """Every manner four times: large, small in a corner, leaning, with a thin and a thick pen, each with an unsteady hand."""
    rng = np.random.default_rng(seed)
    layouts = [(210, (50, 30), 0.0, 30), (110, (20, 150), 0.0, 14), (170, (90, 50), 0.25, 18), (150, (50, 70), -0.15, 26)]
    for digit, manners in MANNERS.items():
        for manner in manners:
            for height, corner, slant, pen in layouts:
                shaken = [[tuple(np.array(point) + rng.normal(0, 2.0)) for point in stroke] for stroke in manner]
                yield Drawing(digit, place(shaken, height, corner, slant), pen)


def main() -> None:
    drawings = [{"digit": drawing.digit, "strokes": [np.round(stroke, 1).tolist() for stroke in drawing.strokes]} for drawing in plain()]
    lines = ",\n".join("    " + json.dumps(drawing) for drawing in drawings)
    (HERE / "strokes.json").write_text(f'{{\n  "canvas": 280,\n  "pen": {PEN},\n  "drawings": [\n{lines}\n  ]\n}}\n')


if __name__ == "__main__":
    main()
