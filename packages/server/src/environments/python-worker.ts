/** The worker of Python models: its command line in an environment, and what it gets to see. It speaks the frames of docs/frames.md like any other. */
import { fileURLToPath } from 'node:url'
import { deviceVariables, toolVariables } from '../config/load.ts'
import type { Environment } from './environment.ts'

/** The program, standard library and numpy alone. */
export const workerScript = (): string => fileURLToPath(new URL('../../python/slipway_worker.py', import.meta.url))

/** The program that `slipway convert` runs in the environment of a model. */
export const convertScript = (): string => fileURLToPath(new URL('../../python/slipway_convert.py', import.meta.url))

/** The command line of a worker in an environment, which gets the socket's path as its last argument. Isolated (-I): nothing of the machine's own packages is seen. */
export const pythonCommand = ({ python }: Pick<Environment, 'python'>): readonly [string, ...string[]] => [
  python,
  '-I',
  '-u',
  workerScript(),
]

/** What a project's process gets of the environment: where programs, its home and the libraries of a GPU are, and nothing that holds a secret of the server. */
export function pythonVariables({ folder }: Pick<Environment, 'folder'>): Readonly<Record<string, string>> {
  const { PATH = '', HOME, TMPDIR, LANG = 'C.UTF-8' } = toolVariables()
  return {
    ...deviceVariables(),
    PATH: `${folder}/venv/bin:${PATH}`,
    LANG,
    PYTHONUNBUFFERED: '1',
    PYTHONUTF8: '1',
    ...(HOME === undefined ? {} : { HOME }),
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
  }
}
