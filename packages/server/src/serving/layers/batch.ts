/**
 * The joining layer, and the one owner of waiting requests: gathers rows of several requests into one run.
 *
 * Work-conserving: an idle replica runs what is there at once. While all are busy, rows gather up to `maxRows`, and how many of them
 * make up the next run is decided from what runs were seen to take (batching/). A second frame waits on each replica behind the run
 * in progress once there are rows enough for all of them. A model that cannot be batched has `maxRows` 0: each request
 * is a run of its own, through the same queue. Requests whose rows cannot be joined (other trailing shapes) stand in
 * groups of their own. A request with more rows than `maxRows` is cut into runs and its answer joined again.
 */
import type { InferResponse, ServeError, Tensors } from '@slipway/protocol'
import type { Clock } from '../../base/clock.ts'
import type { RunFigures, RunReason } from '../../observe/model-metrics.ts'
import type { RunResult } from '../../replicas/carrier.ts'
import type { Runner } from '../../replicas/pool.ts'
import { type Assembled, assemble } from '../batching/assemble.ts'
import type { Forecast } from '../batching/forecast.ts'
import { type NextRun, nextRun } from '../batching/next-run.ts'
import { Outlook } from '../batching/outlook.ts'
import type { Ragged } from '../batching/ragged.ts'
import { expired, gone, hopeless, queueFull, tooLate } from '../batching/refusals.ts'
import { elementsIn, joinAnswers, joinKey, rowsIn, sliceAll } from '../batching/rows.ts'
import { Deadlines } from '../deadlines.ts'
import type { CallContext, Infer } from '../infer.ts'
import { type Answer, type Entry, Waiting } from '../waiting.ts'
import { isWhole } from '../whole-body.ts'

export interface BatchOptions {
  readonly model: string
  readonly version: string
  readonly runner: Runner
  readonly clock: Clock
  /** Most rows in one run; 0 for a model that is not batched. */
  readonly maxRows: number
  /** How long an idle replica waits for more rows (ms); 0 runs at once. */
  readonly maxDelayMs: number
  /** Once this many rows wait, requests are refused. */
  readonly maxQueueRows: number
  /** True when requests may differ in more than their rows. */
  readonly mixedShapes: boolean
  /** What runs are expected to take; learns from every run. */
  readonly forecast: Forecast
  /** What 99 of 100 requests should be answered within (ms), where somebody said. */
  readonly targetP99Ms?: number | undefined
  /** How lengths are joined, where they may be. */
  readonly ragged?: Ragged | undefined
  /** Rows that the worker fills every run up to, where the model takes no other number. */
  readonly fixedRows?: number | undefined
  onRun(run: RunFigures): void
}

export class Batcher {
  readonly #options: BatchOptions
  readonly #waiting = new Waiting()
  readonly #deadlines: Deadlines
  #flushing = false
  #cancelDelay: (() => void) | undefined
  readonly #outlook: Outlook

  constructor(options: BatchOptions) {
    this.#options = options
    this.#deadlines = new Deadlines(options.clock)
    this.#outlook = new Outlook(options.runner, options.forecast)
    options.runner.onFree(() => this.#dispatch())
  }

  get queueRows(): number {
    return this.#waiting.rows
  }

  readonly infer: Infer = async (request, context) => {
    const { model, version, maxRows } = this.#options
    const rows = maxRows === 0 ? 1 : rowsIn(request.inputs)
    this.#admit(context)
    const answer =
      maxRows > 0 && rows > maxRows ? await this.#enterCut(request.inputs, rows, context) : await this.#enter(request.inputs, rows, context)
    const response: InferResponse = { model, version, outputs: answer.outputs, phases: answer.phases, batchRows: answer.batchRows, rows }
    return request.id === undefined ? response : { ...response, id: request.id }
  }

  /** Resolves when everything that was let in is answered. */
  drain(): Promise<void> {
    return this.#waiting.empty()
  }

  async #enterCut(inputs: Tensors, rows: number, context: CallContext): Promise<Answer> {
    const { maxRows } = this.#options
    const cuts: Promise<Answer>[] = []
    for (let from = 0; from < rows; from += maxRows) {
      const to = Math.min(rows, from + maxRows)
      cuts.push(this.#enter(sliceAll(inputs, from, to), to - from, context))
    }
    return joinAnswers(await Promise.all(cuts))
  }

  /** Refuses what cannot be answered now; a request that is let in is let in with all its rows. */
  #admit(context: CallContext): void {
    const { clock, runner, maxRows, maxQueueRows } = this.#options
    const broken = runner.broken()
    if (broken !== undefined) throw broken
    const enteredAt = clock.monotonic()
    const left = context.deadline - enteredAt
    if (left <= 0) throw expired()
    // A request of no rows takes up a place, too.
    const held = Math.max(this.#waiting.rows, this.#waiting.entries)
    if (held >= maxQueueRows) throw queueFull(held, maxQueueRows)
    // What would only be answered after its deadline is refused at once: to let it wait helps nobody behind it.
    const before = this.#waiting.before({ enteredAt, context })
    if (before.entries === 0) return
    const wait = this.#outlook.wait(maxRows > 0 ? before.rows : before.entries, enteredAt)
    if (wait > left) throw hopeless(wait, left)
  }

  #enter(inputs: Tensors, rows: number, context: CallContext): Promise<Answer> {
    const { clock, mixedShapes, maxRows, ragged } = this.#options
    const enteredAt = clock.monotonic()
    const whole = isWhole(inputs)
    return new Promise((resolve, reject) => {
      const entry: Entry = {
        inputs,
        rows,
        unit: mixedShapes || maxRows === 0 ? elementsIn(inputs) / Math.max(1, rows) : 1,
        context,
        enteredAt,
        state: 'waiting',
        whole,
        key: whole ? this.#waiting.ownKey() : mixedShapes ? (ragged?.keyOf(inputs) ?? joinKey(inputs)) : '',
        resolve,
        reject,
        cancelTimer: this.#deadlines.add(context.deadline, () => this.#waiting.settle(entry, () => reject(expired()))),
      }
      this.#waiting.enter(entry)
      this.#flushSoon()
    })
  }

  /** Lets every request that has already arrived enter before an idle replica is handed its rows. */
  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#options.clock.soon(() => {
      this.#flushing = false
      this.#dispatch()
    })
  }

  #dispatch(): void {
    const { runner } = this.#options
    const broken = runner.broken()
    if (broken !== undefined) this.#refuseAll(broken)
    while (this.#waiting.entries > 0) {
      const reason = this.#reason()
      if (reason === undefined) return
      this.#start(reason)
    }
  }

  /** Why the first group may run now, if it may. */
  #reason(): RunReason | undefined {
    const { runner, maxRows, maxDelayMs, clock } = this.#options
    const rows = maxRows === 0 ? this.#waiting.entries : this.#waiting.firstRows
    const full = rows >= maxRows
    if (runner.free() > 0) {
      if (full) return 'full'
      if (maxDelayMs === 0) return 'idle'
      const left = this.#waiting.since + maxDelayMs - clock.monotonic()
      if (left <= 0) return 'delay'
      this.#cancelDelay ??= clock.after(left, () => {
        this.#cancelDelay = undefined
        this.#dispatch()
      })
      return undefined
    }
    return this.#reasonAhead(full)
  }

  /** Behind a run in progress only when every replica gets a run that is worth it: or one waits on its replica while another is idle. */
  #reasonAhead(full: boolean): RunReason | undefined {
    const { runner, maxRows, forecast } = this.#options
    const slots = runner.slots()
    if (slots === 0) return undefined
    if (forecast.brief) return full ? 'full' : undefined
    const each = maxRows === 0 ? 1 : Math.min(maxRows, forecast.efficientRows)
    const rows = maxRows === 0 ? this.#waiting.entries : this.#waiting.rows
    if (rows < each * slots) return undefined
    return full ? 'full' : 'ahead'
  }

  #start(reason: RunReason): void {
    const { clock, maxRows, runner, targetP99Ms, forecast } = this.#options
    const now = clock.monotonic()
    const [free, untilMs] = [runner.free(), this.#outlook.untilFree(now)]
    const next = nextRun(this.#waiting.first(), { now, maxRows, waitingRows: this.#waiting.rows, free, untilMs, targetP99Ms, forecast })
    for (const entry of next.abandoned) this.#waiting.settle(entry, () => entry.reject(gone()))
    for (const entry of next.hopeless) this.#waiting.settle(entry, () => entry.reject(tooLate()))
    if (next.entries.length > 0) this.#run(next, { reason: next.limit ?? reason, now, untilMs, alone: free > 0 })
  }

  #run({ entries }: NextRun, how: { readonly reason: RunReason; readonly now: number; readonly untilMs: number; readonly alone: boolean }) {
    const { runner, clock, forecast, maxRows, fixedRows = 0 } = this.#options
    this.#waiting.start(entries)
    const run = assemble(entries, this.#options)
    const ended = this.#outlook.began(how.now + how.untilMs, forecast.timeOf(run.size, run.unit))
    runner
      .run(
        run.parts,
        entries.map((entry) => entry.context.requestId),
      )
      .then(
        (result) => {
          const endedAt = clock.monotonic()
          ended(endedAt)
          const { inferMs, transformMs, transportMs } = result
          const { rows, size, unit, paddedElements } = run
          // What its own rows are is not known, so nothing is learned of it where runs are told apart by rows.
          if (maxRows === 0 || !run.whole) forecast.ran({ rows: size, unit, busyMs: inferMs + transformMs, transportMs, alone: how.alone })
          const paddedRows = Math.max(size, fixedRows) - rows
          const ms = endedAt - how.now
          this.#options.onRun({ rows, paddedRows, paddedElements, reason: how.reason, ms, inferMs, transformMs, transportMs })
          this.#answer(entries, run, how.now, result)
        },
        (error: ServeError) => {
          ended(clock.monotonic())
          this.#failed(entries, error)
        },
      )
  }

  /** One request's bad values must not fail the strangers in its run: each is run again by itself. */
  #failed(entries: readonly Entry[], error: ServeError): void {
    const blameless = error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED'
    if (entries.length === 1 || blameless) {
      for (const entry of entries) this.#waiting.settle(entry, () => entry.reject(error))
      return
    }
    for (const entry of entries) if (entry.state !== 'settled') this.#waiting.enterAlone(entry)
    this.#flushSoon()
  }

  #answer(entries: readonly Entry[], run: Assembled, startedAt: number, result: RunResult): void {
    for (const [index, entry] of entries.entries()) {
      const phases = {
        queue: startedAt - entry.enteredAt,
        transport: result.transportMs,
        transform: result.transformMs,
        infer: result.inferMs,
      }
      const outputs = run.outputsOf(result.outputs, index)
      this.#waiting.settle(entry, () => entry.resolve({ outputs, phases, batchRows: run.rows }))
    }
  }

  #refuseAll(error: ServeError): void {
    for (const entry of this.#waiting.all()) this.#waiting.settle(entry, () => entry.reject(error))
  }
}
