/**
 * Isolated Python environments, each built once in a folder named after all that decides it: requirements, constraints, interpreter and
 * machine. A folder without its `environment.json` was never finished, and is built anew; the file is written last.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import type { Environment, EnvironmentSpec } from './environment.ts'
import { install, interpreterOf, listPackages } from './installer.ts'
import { findInterpreter, type Interpreter, type Variables } from './interpreter.ts'
import { withLock } from './lock.ts'

const ABOUT_FILE = 'environment.json'

export interface EnsureOptions {
  readonly signal?: AbortSignal | undefined
  /** What is being done, for people who wait. */
  readonly onProgress?: (sentence: string) => void
}

export interface EnvironmentsOptions {
  /** Where all of them lie; made when it is needed. */
  readonly folder: string
  /** Whether what is missing may be built. */
  readonly build: 'auto' | 'never'
  readonly clock: Clock
  /** What the tools get of the environment: where programs are, proxies, the settings of pip and uv. */
  readonly env: Variables
  /** What the tools print. */
  readonly onLine?: (line: string) => void
}

export interface Environments {
  /** The one that fits, built if it is not there yet. Rejects with FAILED_PRECONDITION, saying why it cannot be built. */
  ensure(spec: EnvironmentSpec, options?: EnsureOptions): Promise<Environment>
  /** The one that fits if it is there; never builds. */
  find(spec: EnvironmentSpec): Promise<Environment | undefined>
  /** All that are finished, the newest first. */
  list(): Promise<readonly Environment[]>
  remove(id: string): Promise<void>
}

export function createEnvironments(options: EnvironmentsOptions): Environments {
  const { folder } = options
  const building = new Map<string, Promise<Environment>>()
  const find = async (spec: EnvironmentSpec) => read(join(folder, idOf(spec, await findInterpreter(spec.python, options.env))))
  return {
    find,
    ensure: async (spec, ensureOptions = {}) => {
      const interpreter = await findInterpreter(spec.python, options.env)
      const id = idOf(spec, interpreter)
      const under = building.get(id)
      if (under !== undefined) return under
      const built = ensured({ id, spec, interpreter }, options, ensureOptions).finally(() => building.delete(id))
      building.set(id, built)
      return built
    },
    list: () => list(folder),
    remove: async (id) => {
      if (!/^[0-9a-f]{16}$/.test(id)) throw new ServeError('INVALID_ARGUMENT', `"${id}" is no id of an environment`)
      await withLock(join(folder, `${id}.lock`), options.clock, () => rm(join(folder, id), { recursive: true, force: true }))
    },
  }
}

/** It is not there, and was not to be built. */
export class NotBuilt extends ServeError {
  constructor(id: string) {
    super('FAILED_PRECONDITION', `its Python environment ${id} is not built, and environments.build is never; set it to auto for one start`)
  }
}

/** The same for the same wishes on the same kind of machine. */
function idOf({ requirements, constraints = [], options = [] }: EnvironmentSpec, { version }: Interpreter): string {
  const minor = version.split('.').slice(0, 2).join('.')
  const wishes = {
    requirements: requirements.toSorted(),
    constraints: constraints.toSorted(),
    options,
    minor,
    on: `${process.platform} ${process.arch}`,
  }
  return createHash('sha256').update(JSON.stringify(wishes)).digest('hex').slice(0, 16)
}

interface Wanted {
  readonly id: string
  readonly spec: EnvironmentSpec
  readonly interpreter: Interpreter
}

async function ensured(
  { id, spec, interpreter }: Wanted,
  options: EnvironmentsOptions,
  { signal, onProgress }: EnsureOptions,
): Promise<Environment> {
  const place = join(options.folder, id)
  const there = await read(place)
  if (there !== undefined) return used(there, options.clock)
  if (options.build === 'never') throw new NotBuilt(id)
  await mkdir(options.folder, { recursive: true })
  return withLock(join(options.folder, `${id}.lock`), options.clock, async () => {
    const meanwhile = await read(place)
    if (meanwhile !== undefined) return meanwhile
    await rm(place, { recursive: true, force: true })
    await mkdir(place)
    try {
      const { env, onLine = () => undefined } = options
      await install({ folder: place, interpreter, spec, env, signal, onLine, onProgress: onProgress ?? (() => undefined) })
      const packages = await listPackages(place, env)
      const about = {
        id,
        pythonVersion: interpreter.version,
        packages,
        source: spec.source,
        requirements: spec.requirements,
        builtAt: new Date(options.clock.now()).toISOString(),
      }
      await writeFile(join(place, `${ABOUT_FILE}.new`), `${JSON.stringify(about, null, 2)}\n`)
      await rename(join(place, `${ABOUT_FILE}.new`), join(place, ABOUT_FILE))
      return { ...about, folder: place, python: interpreterOf(place) }
    } catch (error) {
      await rm(place, { recursive: true, force: true })
      throw error
    }
  })
}

/** Leaves a sign that it is in use, so that what nobody uses can be told. */
async function used(environment: Environment, clock: Clock): Promise<Environment> {
  const now = new Date(clock.now())
  await utimes(join(environment.folder, ABOUT_FILE), now, now).catch(() => undefined)
  return environment
}

async function read(place: string): Promise<Environment | undefined> {
  const text = await readFile(join(place, ABOUT_FILE), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  return { ...(JSON.parse(text) as Omit<Environment, 'folder' | 'python'>), folder: place, python: interpreterOf(place) }
}

async function list(folder: string): Promise<readonly Environment[]> {
  const names = await readdir(folder).catch(() => [])
  const found = await Promise.all(names.filter((name) => /^[0-9a-f]{16}$/.test(name)).map((name) => read(join(folder, name))))
  return found.filter((one) => one !== undefined).sort((a, b) => (a.builtAt < b.builtAt ? 1 : -1))
}
