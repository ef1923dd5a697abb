/**
 * A sign that a process leaves in a folder while it lives, so that what a dead one left behind is told from what is in use. It is renewed as long
 * as the process runs, since process ids come again: in a container the next server often has the one of the last.
 */
import { readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Clock } from '../base/clock.ts'

const RENEW_MS = 5000
/** One that was not renewed for so long was left by a process that is gone, or has not run since. */
const LEFT_MS = 60_000
/** One without contents is being written; past this it was left so. */
const WRITING_MS = 5000

interface Sign {
  /** Where the process id means something: the machine, and on Linux its namespace of processes. */
  readonly at: string
  readonly pid: number
}

async function whereAmI(): Promise<string> {
  return `${hostname()} ${await readlink('/proc/self/ns/pid').catch(() => '')}`
}

/** Leaves the sign; call what comes back to take it away. A process that is killed leaves it, and is found out. */
export async function leaveSign(path: string, clock: Clock): Promise<() => Promise<void>> {
  await writeFile(path, JSON.stringify({ at: await whereAmI(), pid: process.pid } satisfies Sign))
  let cancel = (): void => undefined
  const renew = (): void => {
    const now = new Date(clock.now())
    utimes(path, now, now).catch(() => undefined)
    cancel = clock.after(RENEW_MS, renew)
  }
  cancel = clock.after(RENEW_MS, renew)
  return async () => {
    cancel()
    await rm(path, { force: true })
  }
}

/** Whether the process that left it lives; false when there is no sign. */
export async function isPresent(path: string, clock: Clock): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return false
  const age = clock.now() - found.mtimeMs
  const sign = signOf(await readFile(path, 'utf8').catch(() => ''))
  if (sign === undefined) return age < WRITING_MS
  if (sign.at === (await whereAmI()) && !isAlive(sign.pid)) return false
  return age < LEFT_MS
}

function signOf(text: string): Sign | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
