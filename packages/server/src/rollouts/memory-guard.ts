/** Loads a model only where it fits into the memory that is free, for callers that make room when they are told that there is none. */
import { dirname } from 'node:path'
import { quoted, ServeError } from '@slipway/protocol'
import { findPackages } from '../models/repository.ts'
import { workerBytes } from '../models/size.ts'
import type { ModelControl } from '../serving/control.ts'

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
  for (const place of places) needed += await workerBytes(place)
  return needed
}
