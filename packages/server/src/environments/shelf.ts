/** What lies in the folder of environments: finished ones, what a build that was cut left, and the signs of processes that use one. */
import { access, constants, lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import type { Environment } from './environment.ts'
import { interpreterOf } from './installer.ts'
import { isLocked, withLock } from './lock.ts'
import { isPresent, leaveSign } from './presence.ts'

export const ABOUT_FILE = 'environment.json'
/** Of a folder that is being taken away: no environment has such a name. */
const REMOVED = '.removed'

const isEnvironmentId = (text: string): boolean => /^[0-9a-f]{16}$/.test(text)
export const lockOf = (folder: string, id: string): string => join(folder, `${id}.lock`)

/** What is kept of a finished one; its folder may be moved. */
export type About = Omit<Environment, 'folder' | 'python'>

export interface StoredEnvironment extends Environment {
  /** Milliseconds since 1970. */
  readonly usedAt: number
  readonly sizeBytes: number
  /** Whether a process has it open. */
  readonly inUse: boolean
}

/** The one in this folder; undefined for one that was never finished, or whose interpreter is gone from the machine. */
export async function readEnvironment(place: string): Promise<Environment | undefined> {
  const text = await readFile(join(place, ABOUT_FILE), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const python = interpreterOf(place)
  const runs = await access(python, constants.X_OK).then(
    () => true,
    () => false,
  )
  return runs ? { ...(JSON.parse(text) as About), folder: place, python } : undefined
}

/** The finished ones, what was used last first. */
export async function listEnvironments(folder: string, clock: Clock): Promise<readonly StoredEnvironment[]> {
  const found = await Promise.all((await idsIn(folder)).map((id) => stored(join(folder, id), clock)))
  return found.filter((one) => one !== undefined).sort((a, b) => b.usedAt - a.usedAt || (a.id < b.id ? -1 : 1))
}

const idsIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder).catch(() => [])).filter((name) => isEnvironmentId(name)).sort()

async function stored(place: string, clock: Clock): Promise<StoredEnvironment | undefined> {
  const environment = await readEnvironment(place)
  if (environment === undefined) return undefined
  const [about, sizeBytes, inUse] = await Promise.all([stat(join(place, ABOUT_FILE)), sizeOf(place), isInUse(place, clock)])
  return { ...environment, usedAt: about.mtimeMs, sizeBytes, inUse }
}

async function sizeOf(place: string): Promise<number> {
  let total = 0
  for (const entry of await readdir(place, { withFileTypes: true }).catch(() => [])) {
    const path = join(place, entry.name)
    total += entry.isDirectory()
      ? await sizeOf(path)
      : await lstat(path).then(
          ({ size }) => size,
          () => 0,
        )
  }
  return total
}

const usersOf = (place: string): string => join(place, 'users')

/** Leaves a sign that this process has it open. */
export async function leaveUse(place: string, clock: Clock): Promise<() => Promise<void>> {
  await mkdir(usersOf(place), { recursive: true })
  return leaveSign(join(usersOf(place), `${process.pid}-${crypto.randomUUID().slice(0, 8)}`), clock)
}

async function isInUse(place: string, clock: Clock): Promise<boolean> {
  const signs = await readdir(usersOf(place)).catch(() => [])
  return (await Promise.all(signs.map((name) => isPresent(join(usersOf(place), name), clock)))).includes(true)
}

/**
 * Takes one away. Throws FAILED_PRECONDITION when a process has it open or is building it. It is moved aside before that is looked at, so that a
 * process which opens it meanwhile either is seen or finds nothing and builds it again.
 */
export async function removeEnvironment(folder: string, id: string, clock: Clock): Promise<void> {
  if (!isEnvironmentId(id)) throw new ServeError('INVALID_ARGUMENT', `"${id}" is no id of an environment`)
  const busy = (what: string) => new ServeError('FAILED_PRECONDITION', `environment ${id} is ${what}`)
  if (await isLocked(lockOf(folder, id), clock)) throw busy('being built')
  await withLock(lockOf(folder, id), clock, async () => {
    const place = join(folder, id)
    const aside = `${place}${REMOVED}`
    await rm(aside, { recursive: true, force: true })
    await rename(place, aside).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    if (await isInUse(aside, clock)) {
      await rename(aside, place)
      throw busy('open in a running process')
    }
    await rm(aside, { recursive: true, force: true })
  })
}

export interface Leftover {
  /** Of a file or folder in the folder of environments. */
  readonly name: string
  readonly sizeBytes: number
}

/** What nothing needs: builds that were cut or whose interpreter is gone, and locks and removals of processes that are gone. */
export async function listLeftovers(folder: string, clock: Clock): Promise<readonly Leftover[]> {
  const left: Leftover[] = []
  for (const name of await readdir(folder).catch(() => [])) {
    const [, id, suffix] = /^([0-9a-f]{16})(\..+)?$/.exec(name) ?? []
    if (id === undefined || (await isLocked(lockOf(folder, id), clock))) continue
    const place = join(folder, name)
    if (suffix === undefined && (await readEnvironment(place)) !== undefined) continue
    left.push({ name, sizeBytes: await sizeOf(place) })
  }
  return left.sort((a, b) => (a.name < b.name ? -1 : 1))
}

export async function removeLeftover(folder: string, { name }: Leftover): Promise<void> {
  await rm(join(folder, name), { recursive: true, force: true })
}
