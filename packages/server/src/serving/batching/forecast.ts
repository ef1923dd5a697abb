/**
 * What the runs of one model will take, from those that were. The replica's own time and the way there and back are learned apart:
 * a frame that waits on a replica behind another says nothing of the way. A model whose requests differ in more than their rows is
 * learned by elements, so that a long text is no slow row.
 */
import { efficientRows } from './choose-rows.ts'
import { type RunTime, RunTimes } from './run-times.ts'

export interface FinishedRun {
  readonly rows: number
  /** Elements of one row as it ran, where requests differ in them; else 1. */
  readonly unit: number
  /** On the replica: in the engine and in the transforms beside it. */
  readonly busyMs: number
  readonly transportMs: number
  /** False for a frame that may have waited on its replica. */
  readonly alone: boolean
}

/** Weight of the newest run in the moving average of elements in a row. */
const NEWEST = 0.05
/** One run in so many may try a size that is not known well. */
const CURIOUS_RUNS = 32
/** What follows from the curve is worked out again after so many runs. */
const SUMMARY_RUNS = 8
/** Runs that make a size known. */
const KNOWN_RUNS = 1.5

export interface ForecastOptions {
  /** 0: one request is a run. */
  readonly maxRows: number
  /** What was measured before the first request. */
  readonly seed?: readonly RunTime[]
}

export class Forecast {
  readonly #maxRows: number
  #busy: RunTimes
  #transport = new RunTimes()
  #unit = 0
  #efficient: number
  #msPerRow = 0
  #choices = 0
  #runs = 0

  constructor({ maxRows, seed = [] }: ForecastOptions) {
    this.#maxRows = Math.max(1, maxRows)
    this.#efficient = this.#maxRows
    this.#busy = new RunTimes()
    this.relearn(seed)
  }

  /** Forgets all it saw: what runs the model now is not what ran it before. */
  relearn(seed: readonly RunTime[]): void {
    this.#busy = new RunTimes(seed)
    this.#transport = new RunTimes()
    this.#runs = 0
    this.#efficient = this.#maxRows
    this.#unit = this.#busy.known ? 1 : 0
    if (this.#busy.known) this.#summarise()
  }

  get known(): boolean {
    return this.#busy.known
  }

  /** True once it tells what a row more costs. */
  get shaped(): boolean {
    return this.#busy.shaped
  }

  /** The least rows that come close to the model's best throughput; `maxRows` until that is known. */
  get efficientRows(): number {
    return this.#efficient
  }

  /** What a run is expected to take from here to here (ms); 0 while nothing is known. */
  timeOf(rows: number, unit: number): number {
    const size = rows * unit
    return this.#busy.of(size) + this.#transport.of(size)
  }

  /** What so many rows of the usual size take one replica (ms). */
  backlogMs(rows: number): number {
    return rows * this.#msPerRow
  }

  ran({ rows, unit, busyMs, transportMs, alone }: FinishedRun): void {
    if (rows === 0) return
    this.#busy.observe(rows * unit, busyMs)
    if (alone) this.#transport.observe(rows * unit, transportMs)
    this.#unit = this.#unit === 0 ? unit : this.#unit + NEWEST * (unit - this.#unit)
    this.#runs += 1
    if (this.#runs <= SUMMARY_RUNS || this.#runs % SUMMARY_RUNS === 0) this.#summarise()
  }

  /** A size to be tried in place of the one chosen, when none near it is known well: a curve is only as good as its points. */
  curiosity(chosen: number, most: number, unit: number): number | undefined {
    this.#choices += 1
    if (this.#choices % CURIOUS_RUNS !== 0) return undefined
    return [2 * chosen, chosen >> 1].find(
      (rows) => rows >= 1 && rows <= most && (this.#busy.measured(rows * unit)?.weight ?? 0) < KNOWN_RUNS,
    )
  }

  /** A larger size whose run takes less, as kernels that work in steps have it; undefined where none is known to. */
  fasterSize(rows: number): number | undefined {
    const own = this.#busy.measured(rows)
    if (own === undefined || own.weight < SURE_RUNS) return undefined
    for (let size = rows + 1; size <= Math.min(this.#maxRows, 2 * rows, rows + MOST_STEP); size++) {
      const other = this.#busy.measured(size)
      if (other !== undefined && other.weight >= SURE_RUNS && other.ms < (1 - GAIN) * own.ms) return size
    }
    return undefined
  }

  /** What was learned: the replica's time by rows, of the usual size where requests differ. */
  learned(): readonly RunTime[] {
    const unit = this.#unit || 1
    return this.#busy.points().map(({ rows, ms }) => ({ rows: Math.round((100 * rows) / unit) / 100, ms: Math.round(1000 * ms) / 1000 }))
  }

  #summarise(): void {
    const timeOf = (rows: number) => this.timeOf(rows, this.#unit)
    this.#efficient = this.shaped ? efficientRows(this.#maxRows, timeOf) : this.#maxRows
    this.#msPerRow = timeOf(this.#efficient) / this.#efficient
  }
}

/** Runs behind an estimate on which rows are padded, and how much it must gain. */
const SURE_RUNS = 5
const GAIN = 0.1
/** Cells of one size each end soon after this. */
const MOST_STEP = 16
