/** A lock between processes: a folder that only one can make, with a sign of its holder in it, so that a dead holder's does not stay. */
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { isPresent, leaveSign } from './presence.ts'

const LOOK_MS = 200
/** A lock without a sign is one that is being made; past this it was left so. */
const MAKING_MS = 5000

/** Waits for whoever holds it, however long that takes; rejects with the signal's reason when that is aborted meanwhile. */
export async function withLock<Answer>(path: string, clock: Clock, work: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  for (;;) {
    const free = await take(path, clock)
    if (free !== undefined) return work().finally(free)
    if (!(await brokeLeft(path, clock))) await clock.sleep(LOOK_MS, signal)
  }
}

export async function isLocked(path: string, clock: Clock): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined && !(await isLeft(path, clock))
}

async function take(path: string, clock: Clock): Promise<(() => Promise<void>) | undefined> {
  if (!(await made(path))) return undefined
  const forget = await leaveSign(join(path, 'holder'), clock)
  return async () => {
    await forget()
    await rm(path, { recursive: true, force: true })
  }
}

async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Takes away what a dead holder left. One process at a time, else one could take away the lock that another has just made in its place. */
async function brokeLeft(path: string, clock: Clock): Promise<boolean> {
  if (!(await isLeft(path, clock))) return false
  const breaking = `${path}.breaking`
  if (!(await made(breaking))) {
    if (await isOld(breaking, clock)) await rm(breaking, { recursive: true, force: true })
    return false
  }
  try {
    if (await isLeft(path, clock)) await rm(path, { recursive: true, force: true })
  } finally {
    await rm(breaking, { recursive: true, force: true })
  }
  return true
}

async function isLeft(path: string, clock: Clock): Promise<boolean> {
  const signed = await stat(join(path, 'holder')).catch(() => undefined)
  return signed === undefined ? isOld(path, clock) : !(await isPresent(join(path, 'holder'), clock))
}

async function isOld(path: string, clock: Clock): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && clock.now() - found.mtimeMs > MAKING_MS
}
