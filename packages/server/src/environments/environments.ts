/**
 * Isolated Python environments, each built once in a folder named after all that decides it: requirements, constraints, interpreter and
 * machine. A folder without its `environment.json` was never finished, and is built anew; the file is written last.
 */
import { createHash } from 'node:crypto'
import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import type { Environment, EnvironmentSpec } from './environment.ts'
import { install, interpreterOf, listPackages } from './installer.ts'
import { findInterpreter, type Interpreter, type Variables } from './interpreter.ts'
import { withLock } from './lock.ts'
import { ABOUT_FILE, type About, leaveUse, lockOf, readEnvironment } from './shelf.ts'

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
  /** The one that fits, built if it is not there yet; as long as this process lives nothing takes it away. Rejects with FAILED_PRECONDITION, saying why it cannot be built. */
  ensure(spec: EnvironmentSpec, options?: EnsureOptions): Promise<Environment>
  /** The one that fits if it is there; never builds. */
  find(spec: EnvironmentSpec): Promise<Environment | undefined>
  /** The id that the one that fits has or would have. Rejects with FAILED_PRECONDITION when no interpreter fits. */
  idOf(spec: EnvironmentSpec): Promise<string>
}

export function createEnvironments(options: EnvironmentsOptions): Environments {
  const { folder, clock, env } = options
  const underway = new Map<string, Promise<Environment>>()
  const used = new Set<string>()
  const idFor = async (spec: EnvironmentSpec) => idOf(spec, await findInterpreter(spec.python, env))
  return {
    idOf: idFor,
    find: async (spec) => readEnvironment(join(folder, await idFor(spec))),
    ensure: async (spec, ensureOptions = {}) => {
      const interpreter = await findInterpreter(spec.python, env)
      const id = idOf(spec, interpreter)
      const under = underway.get(id)
      if (under !== undefined) return under
      const opened = opening({ id, spec, interpreter, isFirst: !used.has(id) }, options, ensureOptions).finally(() => underway.delete(id))
      underway.set(id, opened)
      const environment = await opened
      used.add(id)
      return environment
    },
  }

  async function opening(wanted: Wanted & { readonly isFirst: boolean }, ...rest: [EnvironmentsOptions, EnsureOptions]) {
    const place = join(folder, wanted.id)
    if (wanted.isFirst && (await readEnvironment(place)) !== undefined) await leaveUse(place, clock)
    // Looked at after the sign was left: whoever takes it away either sees that or has moved it already.
    const there = await readEnvironment(place)
    return there === undefined ? build(wanted, ...rest) : stamped(there, clock)
  }
}

/** It is not there, and was not to be built. */
export class NotBuilt extends ServeError {
  constructor(id: string) {
    super('FAILED_PRECONDITION', `its Python environment ${id} is not built, and environments.build is never; set it to auto for one start`)
  }
}

/** The same for the same wishes on the same kind of machine. */
function idOf({ requirements, constraints = [], hashes = {}, options = [] }: EnvironmentSpec, { version }: Interpreter): string {
  const minor = version.split('.').slice(0, 2).join('.')
  const wishes = {
    requirements: requirements.toSorted(),
    constraints: constraints.toSorted(),
    ...(Object.keys(hashes).length === 0 ? {} : { hashes: Object.entries(hashes).toSorted(([a], [b]) => (a < b ? -1 : 1)) }),
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

async function build(
  { id, spec, interpreter }: Wanted,
  options: EnvironmentsOptions,
  { signal, onProgress = () => undefined }: EnsureOptions,
): Promise<Environment> {
  const { folder, clock, env, onLine = () => undefined } = options
  if (options.build === 'never') throw new NotBuilt(id)
  const place = join(folder, id)
  await mkdir(folder, { recursive: true })
  const locked = async () => {
    const meanwhile = await readEnvironment(place)
    if (meanwhile !== undefined) {
      await leaveUse(place, clock)
      return meanwhile
    }
    await rm(place, { recursive: true, force: true })
    await mkdir(place)
    try {
      await install({ folder: place, interpreter, spec, env, signal, onLine, onProgress })
      const about: About = {
        id,
        pythonVersion: interpreter.version,
        packages: await listPackages(place, env),
        source: spec.source,
        requirements: spec.requirements,
        builtAt: new Date(clock.now()).toISOString(),
      }
      await writeFile(join(place, `${ABOUT_FILE}.new`), `${JSON.stringify(about, null, 2)}\n`)
      await rename(join(place, `${ABOUT_FILE}.new`), join(place, ABOUT_FILE))
      await leaveUse(place, clock)
      return { ...about, folder: place, python: interpreterOf(place) }
    } catch (error) {
      await rm(place, { recursive: true, force: true })
      throw error
    }
  }
  return withLock(lockOf(folder, id), clock, locked, signal)
}

/** Leaves the time of its last use, so that what nobody uses can be told. */
async function stamped(environment: Environment, clock: Clock): Promise<Environment> {
  const now = new Date(clock.now())
  await utimes(join(environment.folder, ABOUT_FILE), now, now).catch(() => undefined)
  return environment
}
