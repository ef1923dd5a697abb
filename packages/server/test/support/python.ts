/** Python projects for tests. Their environments are real, built once on this machine and kept between runs. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ENVIRONMENTS = join(tmpdir(), 'slipway-test-envs')
export const IN_ENVIRONMENTS = { 'environments.folder': ENVIRONMENTS } as const

/** `predict` with hints, batched: the weighted sum of four numbers. What it raises depends on the first of them. */
export const SUMS = `from typing import Annotated
import os, time
import numpy as np
from numpy.typing import NDArray

def load(folder):
    print("loaded", flush=True)
    return np.array([1, 2, 3, 4], dtype=np.float32)

def predict(model, x: Annotated[NDArray[np.float32], (-1, 4)]) -> Annotated[NDArray[np.float32], (-1,)]:
    first = x[0, 0]
    if first == 1001:
        raise ValueError("x must not be 1001, see /etc/secret/file at 0x7f0011223344")
    if first == 1002:
        return {}["nope"]
    if first == 1003:
        os._exit(3)
    if first == 1004:
        time.sleep(60)
    if first == 1005:
        print("said by the model", flush=True)
    if first == 1006:
        return "no tensor"
    if first == 1007:
        return np.zeros((2, 2), dtype=np.float32)
    return x @ model
`

/** Rows of a table with texts and missing values, one dict for each. */
export const ROWS = `from typing import List, TypedDict

class Row(TypedDict):
    city: str
    age: float

class Answer(TypedDict):
    label: str
    score: float

def predict(rows: List[Row]) -> List[Answer]:
    return [{"label": row["city"].upper(), "score": row["age"] * 2} for row in rows]
`

/** Nothing says what it takes. */
export const UNTYPED = `def predict(x):
    return {"twice": x * 2}
`
