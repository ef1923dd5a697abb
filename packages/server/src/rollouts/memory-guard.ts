/** Loads a model only where it fits into the memory that is free, for callers that make room when they are told that there is none. */
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { quoted, ServeError } from '@slipway/protocol'
import { findPackages } from '../models/repository.ts'
import type { ModelControl } from '../serving/control.ts'

/** What a worker takes before it opens anything. */
const WORKER_BYTES = 64 * 2 ** 20
/** A file is read once and then held once more as the runtime wants it. */
const TIMES_ITS_FILE = 2

/** `load` of a folder rejects with RESOURCE_EXHAUSTED when its model takes more octets than `free` says there are. */
export function guardMemory(control: ModelControl, free: () => number): ModelControl {
  return {
    index: control.index,
    unload: control.unload,
    load: async (name, folder) => {
      const needed = folder === undefined ? 0 : await neededBytes(folder)
      const left = free()
      if (needed > left)
        throw new ServeError(
          'RESOURCE_EXHAUSTED',
          `model ${quoted(name)} takes about ${needed} octets of memory, and ${left} are free; unload another one first`,
        )
      await control.load(name, folder)
    },
  }
}

/** 0 for a folder without a model, whose refusal is the loading's own matter. */
async function neededBytes(folder: string): Promise<number> {
  const found = await findPackages([folder]).catch(() => [])
  const places = new Set(found.flatMap(({ versions }) => versions.map(({ modelPath }) => dirname(modelPath))))
  let needed = 0
  for (const place of places) needed += WORKER_BYTES + TIMES_ITS_FILE * (await folderBytes(place))
  return needed
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(({ name }) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
