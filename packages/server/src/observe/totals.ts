/** Sums and counts of one model version that only grow, as load generators sample them: by request, and by rows in a run. */
import type { Phases } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'

/** How often something was measured, and its milliseconds together. */
export interface Total {
  readonly count: number
  readonly ms: number
}

export interface Totals {
  /** When the last request was answered, in milliseconds since 1970; 0 before the first. */
  readonly lastAnsweredAt: number
  /** Rows that were run. */
  readonly rows: number
  /** Runs of the model. */
  readonly runs: number
  readonly answered: Total
  readonly failed: Total
  /** Of answered requests: waiting for a run; bringing inputs to the model; inside runs; bringing outputs back. */
  readonly queue: Total
  readonly input: Total
  readonly infer: Total
  readonly output: Total
  /** Runs by the rows in them, ascending. */
  readonly byRows: readonly { readonly rows: number; readonly input: Total; readonly infer: Total; readonly output: Total }[]
}

interface RowsSum {
  count: number
  inputMs: number
  inferMs: number
  outputMs: number
}

interface Run {
  readonly rows: number
  readonly inferMs: number
  readonly transformMs: number
  readonly transportMs: number
}

/** Distinct row counts told apart; larger runs are counted under the power of two below them. */
const MOST_ROW_COUNTS = 1024

export class TotalsCounter {
  readonly #clock: Pick<Clock, 'now'>
  readonly #byRows = new Map<number, RowsSum>()
  #lastAnsweredAt = 0
  #answered = 0
  #answeredMs = 0
  #failed = 0
  #failedMs = 0
  /** Of those, answered by a run, not by a cache. */
  #computed = 0
  #rows = 0
  #runs = 0
  #queueMs = 0
  #inputMs = 0
  #inferMs = 0
  #outputMs = 0

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** The way between the processes counts half as input and half as output. */
  answered(phases: Phases, totalMs: number, rows: number): void {
    const half = (phases.transport ?? 0) / 2
    this.#lastAnsweredAt = this.#clock.now()
    this.#answered += 1
    this.#answeredMs += totalMs
    if (phases.infer !== undefined) {
      this.#computed += 1
      this.#rows += rows
    }
    this.#queueMs += (phases.queue ?? 0) + (phases.batch ?? 0)
    this.#inputMs += (phases.transform ?? 0) + half
    this.#inferMs += phases.infer ?? 0
    this.#outputMs += half
  }

  failed(ms: number): void {
    this.#failed += 1
    this.#failedMs += ms
  }

  ran({ rows, inferMs, transformMs, transportMs }: Run): void {
    this.#runs += 1
    const key = rows <= MOST_ROW_COUNTS ? rows : 2 ** Math.floor(Math.log2(rows))
    let sum = this.#byRows.get(key)
    if (sum === undefined) {
      sum = { count: 0, inputMs: 0, inferMs: 0, outputMs: 0 }
      this.#byRows.set(key, sum)
    }
    sum.count += 1
    sum.inputMs += transformMs + transportMs / 2
    sum.inferMs += inferMs
    sum.outputMs += transportMs / 2
  }

  read(): Totals {
    const computed = (ms: number): Total => ({ count: this.#computed, ms })
    return {
      lastAnsweredAt: this.#lastAnsweredAt,
      rows: this.#rows,
      runs: this.#runs,
      answered: { count: this.#answered, ms: this.#answeredMs },
      failed: { count: this.#failed, ms: this.#failedMs },
      queue: { count: this.#answered, ms: this.#queueMs },
      input: computed(this.#inputMs),
      infer: computed(this.#inferMs),
      output: computed(this.#outputMs),
      byRows: [...this.#byRows]
        .sort(([a], [b]) => a - b)
        .map(([rows, { count, inputMs, inferMs, outputMs }]) => ({
          rows,
          input: { count, ms: inputMs },
          infer: { count, ms: inferMs },
          output: { count, ms: outputMs },
        })),
    }
  }
}
