/** The workers of this repository, each with a model that does as its tests want. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pythonCommand, pythonVariables } from '../../src/environments/python-worker.ts'
import { workerCommand, workerVariables } from '../../src/replicas/process.ts'
import { numpyEnvironment } from './python.ts'
import type { Behaviour, WorkerMember } from './raw-worker.ts'
import { echoSpec } from './worker-spec.ts'

export const nodeWorker: WorkerMember = {
  name: 'Node’s worker',
  start: async () => ({ command: workerCommand(), env: workerVariables() }),
  spec: (folder, behaviour) => echoSpec(folder, behaviour === 'slow' ? 'slow 30' : behaviour),
}

const MODELS: Readonly<Record<Behaviour, string>> = {
  echo: 'def predict(**inputs):\n    return inputs\n',
  refuse: 'def load():\n    raise RuntimeError("this model refuses to open")\ndef predict(**inputs):\n    return inputs\n',
  fail: 'def predict(**inputs):\n    raise ValueError("this model fails every run")\n',
  throw: 'def predict(**inputs):\n    raise KeyError("secret of /model")\n',
  exit: 'import os\ndef predict(**inputs):\n    os._exit(3)\n',
  slow: 'import time\ndef predict(**inputs):\n    time.sleep(0.03)\n    return inputs\n',
}

/** `version` is a minor one such as `3.9`; the usual interpreter when absent. */
export function pythonWorker(version?: string): WorkerMember {
  const built = once(() => numpyEnvironment(version))
  return {
    name: version === undefined ? 'Python’s worker' : `Python’s worker on ${version}`,
    start: async () => {
      const environment = await built()
      return { command: pythonCommand(environment), env: pythonVariables(environment) }
    },
    spec: (folder, behaviour) => pythonSpec(folder, MODELS[behaviour]),
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** What opens a project of our own shape with this `model.py`. */
export async function pythonSpec(folder: string, model: string) {
  const modelPath = join(folder, 'project')
  await mkdir(modelPath, { recursive: true })
  await writeFile(join(modelPath, 'model.py'), model)
  return { ...(await echoSpec(folder, 'echo')), runtime: 'python', modelPath, python: { packager: 'slipway', batched: true, config: {} } }
}
