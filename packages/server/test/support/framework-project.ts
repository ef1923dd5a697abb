/** Projects of the frameworks: their environment is built by the product, their model is trained in it, and its own answer is kept for comparison. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { capture } from '../../src/base/process.ts'
import { toolVariables } from '../../src/config/load.ts'
import type { Packager } from '../../src/config/packager.ts'
import type { Environment, EnvironmentSpec } from '../../src/environments/environment.ts'
import { createEnvironments } from '../../src/environments/environments.ts'
import { readEnvironmentSpec } from '../../src/environments/requirements.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Kept between runs: PyTorch alone takes gigabytes. */
export const FRAMEWORK_ENVIRONMENTS = join(tmpdir(), 'slipway-framework-envs')
const PROJECTS = join(import.meta.dirname, '..', 'frameworks', 'projects')
const SCRIPT_MS = 10 * 60_000

export interface Built {
  readonly environment: Environment
  /** What it took when it was built; absent where the command itself had built it before. */
  readonly buildSeconds?: number
}

/** The environment that the product makes for these wishes, and how long that took when it was made. Rejects with the installer's words. */
export async function built(spec: EnvironmentSpec): Promise<Built> {
  const environments = createEnvironments({ folder: FRAMEWORK_ENVIRONMENTS, build: 'auto', clock: systemClock, env: toolVariables() })
  const before = await environments.find(spec).catch(() => undefined)
  const startedAt = performance.now()
  const environment = await environments.ensure(spec)
  const measured = join(environment.folder, 'build-seconds.txt')
  if (before === undefined) await writeFile(measured, String((performance.now() - startedAt) / 1000))
  const known = await readFile(measured, 'utf8').catch(() => undefined)
  return { environment, ...(known === undefined ? {} : { buildSeconds: Number(known) }) }
}

/** A tensor as V2 has it in JSON. */
export interface Said {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: readonly (number | string | boolean)[]
  /** Says so where the data are octets in base64. */
  readonly parameters?: { readonly content_type: 'base64' }
}

/** What the framework answers in a process of its own. */
export interface OwnAnswer {
  readonly inputs: readonly Said[]
  readonly outputs: readonly Said[]
}

export interface Prepared extends Built {
  /** What is served. */
  readonly folder: string
  readonly own: OwnAnswer
}

export interface ProjectOptions {
  /** A folder of test/frameworks/projects, or an absolute path. */
  readonly project: string
  readonly packager: Packager
  /** What trains it or asks it in its own process, in test/frameworks/projects; `train.py` of the project when absent. */
  readonly script?: string
  /** The folder, below the project, that training wrote and that is served; the project itself when absent. */
  readonly served?: string
}

/** A copy of the project, its model trained in the environment that it asks for, and what the framework answers there. */
export async function prepared({ project, packager, script, served = '' }: ProjectOptions): Promise<Prepared> {
  const home = join(await temporaryFolder(), project.split('/').at(-1) as string)
  await mkdir(home)
  await cp(join(project.startsWith('/') ? '' : PROJECTS, project), home, { recursive: true })
  const { environment } = await built(await readEnvironmentSpec(home, served === '' ? packager : 'slipway'))
  const own = await ask(environment, home, script === undefined ? join(home, 'train.py') : join(PROJECTS, script))
  const folder = join(home, served)
  if (script === undefined && served === '') await rm(join(home, 'train.py'))
  return { folder, own, ...(await built(await readEnvironmentSpec(folder, packager))) }
}

/** Runs the script beside the project; the last line that it prints is the framework's answer. */
async function ask(environment: Environment, folder: string, script: string): Promise<OwnAnswer> {
  const env = { ...toolVariables(), PYTHONPATH: `${folder}:${PROJECTS}`, PYTHONDONTWRITEBYTECODE: '1', CUDA_VISIBLE_DEVICES: '' }
  const { code, stdout, lines } = await capture({ command: environment.python, args: [script], env, cwd: folder, timeoutMs: SCRIPT_MS })
  const answer = stdout.trimEnd().split('\n').at(-1)
  if (code !== 0 || answer === undefined) throw new Error(`${script} ended with exit code ${code}:\n${lines.slice(-20).join('\n')}`)
  return JSON.parse(answer) as OwnAnswer
}
