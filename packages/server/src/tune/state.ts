/** The trials that were done, on disk after each: what was interrupted goes on from there. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { ServeError } from '@slipway/protocol'
import * as z from 'zod'
import type { Figures } from './setting.ts'

/** What the trials were made under. Plain JSON. */
export type TuneKey = Readonly<Record<string, string | number | null>>

const point = { rowsPerSecond: z.number(), p50Ms: z.number(), p99Ms: z.number(), meanRows: z.number() }
const figures = z.strictObject({
  ...point,
  meets: z.boolean(),
  points: z.array(z.strictObject({ clients: z.number(), ...point })),
})
const file = z.strictObject({
  key: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  /** By stage and setting; null for a setting that did not open. */
  trials: z.record(z.string(), figures.nullable()),
})

export interface TuneState {
  /** Trials that are there already. */
  readonly count: number
  /** Null for one that did not open, undefined for one that is not there. */
  get(name: string): Figures | null | undefined
  put(name: string, figures: Figures | null): Promise<void>
}

/** With `resume`, what the file holds; else nothing, and the first trial writes it anew. Throws FAILED_PRECONDITION when there is nothing to go on from, or it is of other conditions. */
export async function openTuneState(path: string, key: TuneKey, mode: 'anew' | 'resume'): Promise<TuneState> {
  const trials = new Map(mode === 'resume' ? await readTrials(path, key) : [])
  return {
    count: trials.size,
    get: (name) => trials.get(name),
    put: async (name, one) => {
      trials.set(name, one)
      const draft = `${path}.${randomUUID()}`
      await mkdir(dirname(path), { recursive: true })
      await writeFile(draft, `${JSON.stringify({ key, trials: Object.fromEntries(trials) }, undefined, 1)}\n`)
      await rename(draft, path)
    },
  }
}

async function readTrials(path: string, key: TuneKey): Promise<readonly (readonly [string, Figures | null])[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ServeError('FAILED_PRECONDITION', 'there is no interrupted run of this model to go on from; start without --resume', {
      cause,
    })
  })
  let found: z.output<typeof file>
  try {
    found = file.parse(JSON.parse(text))
  } catch (cause) {
    throw new ServeError('FAILED_PRECONDITION', `the trials in ${path} cannot be read; start without --resume`, { cause })
  }
  const other = Object.keys({ ...key, ...found.key }).filter((name) => !isDeepStrictEqual(key[name], found.key[name]))
  if (other.length > 0)
    throw new ServeError('FAILED_PRECONDITION', `the interrupted run was made under another ${other.join(', ')}; start without --resume`)
  return Object.entries(found.trials)
}
