/**
 * A batcher before simulated replicas, in simulated time: requests come at given times, each run takes what a curve says.
 * A replica runs its frames in order and holds two at most, as a pool's do.
 */
import { type InferResponse, type Tensors, tensor } from '@slipway/protocol'
import type { Clock } from '../../src/base/clock.ts'
import type { RunResult } from '../../src/replicas/carrier.ts'
import type { Runner } from '../../src/replicas/pool.ts'
import type { Infer } from '../../src/serving/infer.ts'

interface Event {
  readonly at: number
  readonly order: number
  readonly fn: () => void
}

/** Time that jumps from one event to the next. */
export class SimulatedTime {
  #now = 0
  #order = 0
  /** Ascending; a simulation has few events at once. */
  readonly #events: Event[] = []

  readonly clock: Clock = {
    now: () => this.#now,
    monotonic: () => this.#now,
    sleep: (ms) => new Promise((resolve) => void this.after(ms, resolve)),
    after: (ms, fn) => this.after(ms, fn),
    soon: (fn) => void this.after(0, fn),
  }

  after(ms: number, fn: () => void): () => void {
    this.#order += 1
    const event = { at: this.#now + Math.max(0, ms), order: this.#order, fn }
    let place = this.#events.length
    while (place > 0 && (this.#events[place - 1] as Event).at > event.at) place -= 1
    this.#events.splice(place, 0, event)
    return () => {
      const index = this.#events.indexOf(event)
      if (index >= 0) this.#events.splice(index, 1)
    }
  }

  /** Lets all happen that is due, with promises settling after each event. */
  async run(afterEach: () => void = () => undefined): Promise<void> {
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      this.#now = event.at
      event.fn()
      for (let turn = 0; turn < 12; turn++) await null
      if (this.#events[0]?.at !== this.#now) afterEach()
    }
  }
}

export interface SimulatedRun {
  readonly rows: number
  readonly requestIds: readonly string[]
  readonly startedAt: number
}

/** Replicas whose runs take what `timeOf` says, `transportMs` each for the way there and back together. */
export function simulatedRunner(
  time: SimulatedTime,
  options: { readonly replicas: number; readonly transportMs: number; timeOf(rows: number): number },
): Runner & { readonly runs: readonly SimulatedRun[] } {
  const { replicas, transportMs, timeOf } = options
  const fleet = Array.from({ length: replicas }, () => ({ inFlight: 0, freeAt: 0 }))
  const runs: SimulatedRun[] = []
  let listener: () => void = () => undefined
  return {
    runs,
    free: () => fleet.filter((replica) => replica.inFlight === 0).length,
    slots: () => fleet.reduce((sum, replica) => sum + 2 - replica.inFlight, 0),
    broken: () => undefined,
    onFree: (fn) => {
      listener = fn
    },
    run: (parts, requestIds) =>
      new Promise<RunResult>((resolve) => {
        const replica = fleet.reduce((least, other) => (other.inFlight < least.inFlight ? other : least))
        const now = time.clock.monotonic()
        const rows = parts.reduce((sum, part) => sum + (part.get('x')?.shape[0] ?? 0), 0)
        const inferMs = timeOf(rows)
        const startsAt = Math.max(now + transportMs / 2, replica.freeAt)
        replica.inFlight += 1
        replica.freeAt = startsAt + inferMs
        runs.push({ rows, requestIds, startedAt: startsAt })
        const endsAt = replica.freeAt + transportMs / 2
        time.after(endsAt - now, () => {
          replica.inFlight -= 1
          resolve({ outputs: doubled(parts), inferMs, transformMs: 0, transportMs: endsAt - now - inferMs })
          listener()
        })
      }),
  }
}

function doubled(parts: readonly Tensors[]): Tensors {
  const values = parts.flatMap((part) => Array.from(part.get('x')?.data as Float32Array, (value) => 2 * value))
  return new Map([['y', tensor('FP32', [values.length], Float32Array.from(values))]])
}

export interface Arrival {
  readonly atMs: number
  readonly rows: number
  readonly deadlineMs: number
  readonly priority?: number
}

export interface Outcome {
  readonly id: number
  /** From arrival to answer or refusal (ms). */
  readonly ms: number
  readonly answer?: InferResponse
  readonly error?: unknown
}

/** Asks with each arrival at its time; the answers, in the order in which they came. */
export function arrive(time: SimulatedTime, infer: Infer, arrivals: readonly Arrival[]): readonly Outcome[] {
  const outcomes: Outcome[] = []
  for (const [id, { atMs, rows, deadlineMs, priority }] of arrivals.entries()) {
    time.after(atMs, () => {
      const now = time.clock.monotonic()
      const inputs = new Map([['x', tensor('FP32', [rows], new Float32Array(rows).fill(id))]])
      const context = {
        requestId: String(id),
        dialect: 'test',
        deadline: now + deadlineMs,
        signal: { aborted: false },
        decodeMs: 0,
        ...(priority === undefined ? {} : { priority }),
      }
      infer({ model: 'm', inputs }, context).then(
        (answer) => outcomes.push({ id, ms: time.clock.monotonic() - now, answer }),
        (error: unknown) => outcomes.push({ id, ms: time.clock.monotonic() - now, error }),
      )
    })
  }
  return outcomes
}

/** Numbers from 0 to 1 that are the same every time (Park and Miller). */
export function repeatable(seed: number): () => number {
  let state = (seed % 2147483646) + 1
  return () => {
    state = (state * 16807) % 2147483647
    return (state - 1) / 2147483646
  }
}
