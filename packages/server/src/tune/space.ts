/** What a search tries on this machine. */
import { planFor } from '../serving/plan.ts'
import { candidates, type Room } from '../serving/planning/candidates.ts'
import type { Space } from './search.ts'

export interface SpaceOptions {
  readonly room: Room
  readonly parameters: number
  /** What is in force without tuning. */
  readonly batching: { readonly maxRows: number; readonly maxDelayMs: number }
  /** Whether rows may be joined. */
  readonly batchable: boolean
  /** Lists of execution providers to choose among; none leaves what the settings say. */
  readonly providers: readonly string[]
}

const AUTO = { count: 'auto', threads: 'auto' } as const
const ROWS = [1, 8, 32, 64, 128, 256]
const DELAYS_MS = [0, 1, 2, 5]

export function spaceOf({ room, parameters, batching, batchable, providers }: SpaceOptions): Space {
  const { replicas, threads } = planFor({ cpus: room.cpus, cpusFrom: '', memoryBytes: 0, memoryFrom: '' }, parameters, AUTO)
  // Spinning has no setting of its own, so what is written could not say it.
  const shapes = candidates(room, AUTO)
    .filter(({ spinning }) => !spinning)
    .map((shape) => ({ replicas: shape.replicas, threads: shape.threads }))
  const [first] = providers
  return {
    defaults: { replicas, threads, ...batching, ...(first === undefined ? {} : { providers: first }) },
    shapes: providers.length === 0 ? shapes : shapes.flatMap((shape) => providers.map((one) => ({ ...shape, providers: one }))),
    rows: batchable ? [...new Set([...ROWS, batching.maxRows])].sort((a, b) => a - b) : [batching.maxRows],
    delaysMs: batchable ? [...new Set([...DELAYS_MS, batching.maxDelayMs])].sort((a, b) => a - b) : [batching.maxDelayMs],
  }
}
