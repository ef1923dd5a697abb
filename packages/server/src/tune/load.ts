/** Load made in this process: requests that are read, answered and written as the server does it; only the sockets are left out. */
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'

/** One request; resolves with the rows that shared its run. */
export type Ask = () => Promise<number>

export interface LoadDeps {
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface LoadFigures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly meanRows: number
  /** Requests that were refused or too late: more waited than may. */
  readonly refused: number
}

/** `clients` ask again as soon as they are answered. */
export async function closedLoop(
  ask: Ask,
  { clients, forMs }: { readonly clients: number; readonly forMs: number },
  { clock, signal }: LoadDeps,
): Promise<LoadFigures> {
  const tally = new LoadTally()
  const startedAt = clock.monotonic()
  const drive = async () => {
    do {
      signal.throwIfAborted()
      const sentAt = clock.monotonic()
      tally.answered(await asked(ask), () => clock.monotonic() - sentAt)
    } while (clock.monotonic() - startedAt < forMs)
  }
  await Promise.all(Array.from({ length: clients }, drive))
  return tally.figures(clock.monotonic() - startedAt)
}

/** Beyond these, a rate is one that cannot be kept up, and waiting requests would only fill the memory. */
const MOST_OUT = 4096

/** Requests come at random, so many a second on average, whether or not earlier ones were answered; each is timed from when it should have come. */
export async function openLoop(
  ask: Ask,
  { perSecond, forMs, random = Math.random }: { readonly perSecond: number; readonly forMs: number; readonly random?: () => number },
  { clock, signal }: LoadDeps,
): Promise<LoadFigures> {
  const tally = new LoadTally()
  const startedAt = clock.monotonic()
  const out = new Set<Promise<void>>()
  let failure: unknown
  for (let dueAt = startedAt; dueAt < startedAt + forMs && failure === undefined; dueAt += (-Math.log(1 - random()) * 1000) / perSecond) {
    const early = dueAt - clock.monotonic()
    if (early > 0) await clock.sleep(early, signal)
    signal.throwIfAborted()
    if (out.size >= MOST_OUT) {
      tally.answered(undefined, () => 0)
      continue
    }
    const sent = asked(ask)
      .then((rows) => tally.answered(rows, () => clock.monotonic() - dueAt))
      .catch((error: unknown) => {
        failure ??= error
      })
      .finally(() => out.delete(sent))
    out.add(sent)
  }
  await Promise.all(out)
  if (failure !== undefined) throw failure
  return tally.figures(clock.monotonic() - startedAt)
}

/** A refusal is a figure of its own; any other failure ends the trial. */
async function asked(ask: Ask): Promise<number | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ServeError && (error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED')) return undefined
    throw error
  }
}

class LoadTally {
  readonly #latencies: number[] = []
  #runs = 0
  #refused = 0

  answered(rows: number | undefined, latencyMs: () => number): void {
    if (rows === undefined) {
      this.#refused += 1
      return
    }
    this.#latencies.push(latencyMs())
    this.#runs += 1 / rows
  }

  figures(ms: number): LoadFigures {
    const sorted = this.#latencies.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.POSITIVE_INFINITY
    return {
      perSecond: (1000 * sorted.length) / Math.max(ms, 1),
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      meanRows: this.#runs === 0 ? 0 : sorted.length / this.#runs,
      refused: this.#refused,
    }
  }
}
