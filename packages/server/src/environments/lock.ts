/** A lock between processes: a folder that only one can make, with the holder's process id in it, so that a dead holder's does not stay. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'

const LOOK_MS = 200
/** A lock without a process id is one that is being made; past this it was left so. */
const MAKING_MS = 5000

/** Waits for whoever holds it, however long that takes. */
export async function withLock<Answer>(path: string, clock: Clock, work: () => Promise<Answer>): Promise<Answer> {
  while (!(await taken(path))) {
    if (await isLeft(path, clock)) await rm(path, { recursive: true, force: true })
    else await clock.sleep(LOOK_MS)
  }
  try {
    return await work()
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}

async function taken(path: string): Promise<boolean> {
  try {
    await mkdir(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  await writeFile(join(path, 'pid'), String(process.pid))
  return true
}

async function isLeft(path: string, clock: Clock): Promise<boolean> {
  const pid = Number(await readFile(join(path, 'pid'), 'utf8').catch(() => ''))
  if (pid > 0) return !isAlive(pid)
  const made = await stat(path).catch(() => undefined)
  return made !== undefined && clock.now() - made.mtimeMs > MAKING_MS
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
