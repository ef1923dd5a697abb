"""Answers what it is given, so that whatever a run takes is the way there and back."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

Pairs = Annotated[NDArray[np.float32], (-1, 2)]


def predict(x: Pairs) -> Pairs:
    return x
