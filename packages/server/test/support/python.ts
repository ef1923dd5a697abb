/** Python projects for tests. Their environments are real, built once on this machine and kept between runs. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { toolVariables } from '../../src/config/load.ts'
import type { Environment } from '../../src/environments/environment.ts'
import { createEnvironments } from '../../src/environments/environments.ts'

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

/** A minor version's interpreter: the folder of its `python3`, on the PATH or among those of pyenv; undefined where there is none. */
export function interpreterFolder(minor: string): string | undefined {
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions')
  const kept = existsSync(pyenv) ? readdirSync(pyenv).filter((name) => name.startsWith(`${minor}.`)) : []
  const folders = [...kept.map((name) => join(pyenv, name, 'bin')), ...(process.env.PATH ?? '').split(delimiter)]
  return folders.find((folder) => {
    // A shim of pyenv is there for versions that are not in use, too.
    const { status } = spawnSync(join(folder, `python${minor}`), ['-c', 'import venv, ensurepip'], { stdio: 'ignore' })
    return status === 0
  })
}

/** An environment with numpy alone, of the interpreter of a minor version such as `3.9` or the usual one. */
export function numpyEnvironment(minor?: string): Promise<Environment> {
  const { PATH = '', ...env } = toolVariables()
  const folder = minor === undefined ? undefined : interpreterFolder(minor)
  const path = folder === undefined ? PATH : `${folder}${delimiter}${PATH}`
  const environments = createEnvironments({ folder: ENVIRONMENTS, build: 'auto', clock: systemClock, env: { ...env, PATH: path } })
  return environments.ensure({ requirements: ['numpy'], source: '', ...(minor === undefined ? {} : { python: minor }) })
}
