/**
 * The joining layer, and the one owner of waiting requests: gathers rows of several requests into one run.
 *
 * Work-conserving: an idle replica runs what is there at once. While all are busy, rows gather up to `maxRows`; a full
 * batch may wait on a replica behind the run in progress. A model that cannot be batched has `maxRows` 0: each request
 * is a run of its own, through the same queue. Requests whose rows cannot be joined (other trailing shapes) stand in
 * groups of their own. A request with more rows than `maxRows` is cut into runs and its answer joined again.
 */
import { concatRows, type InferResponse, type Phases, ServeError, sliceRows, type Tensor, type Tensors } from '@slipway/protocol'
import type { Clock } from '../../base/clock.ts'
import type { RunFigures, RunReason } from '../../observe/model-metrics.ts'
import type { RunResult } from '../../replicas/carrier.ts'
import type { Runner } from '../../replicas/pool.ts'
import { Deadlines } from '../deadlines.ts'
import type { CallContext, Infer } from '../infer.ts'
import { type Answer, type Entry, Waiting } from '../waiting.ts'

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
  onRun(run: RunFigures): void
}

/** Weight of the newest run in the moving average of run times. */
const EWMA = 0.2

export class Batcher {
  readonly #options: BatchOptions
  readonly #waiting = new Waiting()
  readonly #deadlines: Deadlines
  #flushing = false
  #cancelDelay: (() => void) | undefined
  #runMs = 0

  constructor(options: BatchOptions) {
    this.#options = options
    this.#deadlines = new Deadlines(options.clock)
    options.runner.onFree(() => this.#dispatch())
  }

  get queueRows(): number {
    return this.#waiting.rows
  }

  readonly infer: Infer = async (request, context) => {
    const { model, version, maxRows } = this.#options
    const rows = this.#rowsOf(request.inputs)
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

  #rowsOf(inputs: Tensors): number {
    if (this.#options.maxRows === 0) return 1
    let rows: number | undefined
    for (const [name, value] of inputs) {
      const own = value.shape[0] ?? 0
      if (rows === undefined) rows = own
      else if (rows !== own)
        throw new ServeError('INVALID_ARGUMENT', `the inputs disagree on dimension 0: "${name}" has ${own} rows, another has ${rows}`)
    }
    return rows ?? 1
  }

  async #enterCut(inputs: Tensors, rows: number, context: CallContext): Promise<Answer> {
    const { maxRows } = this.#options
    const cuts: Promise<Answer>[] = []
    for (let from = 0; from < rows; from += maxRows) {
      const to = Math.min(rows, from + maxRows)
      cuts.push(this.#enter(new Map([...inputs].map(([name, value]) => [name, sliceRows(value, from, to)])), to - from, context))
    }
    const answers = await Promise.all(cuts)
    const first = answers[0] as Answer
    const outputs = new Map(
      [...first.outputs.keys()].map((name) => [name, concatRows(answers.map((answer) => answer.outputs.get(name) as Tensor))]),
    )
    const slowest = answers.reduce((a, b) => (total(b.phases) > total(a.phases) ? b : a))
    return { outputs, phases: slowest.phases, batchRows: slowest.batchRows }
  }

  /** Refuses what cannot be answered now; a request that is let in is let in with all its rows. */
  #admit(context: CallContext): void {
    const { clock, runner, maxQueueRows } = this.#options
    const broken = runner.broken()
    if (broken !== undefined) throw broken
    const enteredAt = clock.monotonic()
    const left = context.deadline - enteredAt
    if (left <= 0) throw expired()
    // A request of no rows takes up a place, too.
    const held = Math.max(this.#waiting.rows, this.#waiting.entries)
    if (held >= maxQueueRows)
      throw new ServeError(
        'UNAVAILABLE',
        `${held} rows are waiting already, and limits.maxQueueRows is ${maxQueueRows}; try again a little later`,
      )
    this.#refuseHopeless(left, this.#waiting.before({ enteredAt, context }))
  }

  #enter(inputs: Tensors, rows: number, context: CallContext): Promise<Answer> {
    const { clock, mixedShapes } = this.#options
    const enteredAt = clock.monotonic()
    return new Promise((resolve, reject) => {
      const entry: Entry = {
        inputs,
        rows,
        context,
        enteredAt,
        state: 'waiting',
        key: mixedShapes ? joinKey(inputs) : '',
        resolve,
        reject,
        cancelTimer: this.#deadlines.add(context.deadline, () => this.#waiting.settle(entry, () => reject(expired()))),
      }
      this.#waiting.enter(entry)
      this.#flushSoon()
    })
  }

  /** Refuses at once what would only be answered after its deadline: to let it wait helps nobody behind it. */
  #refuseHopeless(leftMs: number, before: { readonly rows: number; readonly entries: number }): void {
    if (this.#runMs === 0 || before.entries === 0) return
    const runs = this.#options.maxRows > 0 ? Math.ceil(before.rows / this.#options.maxRows) : before.entries
    const wait = runs * this.#runMs
    if (wait > leftMs)
      throw new ServeError(
        'UNAVAILABLE',
        `the wait would be about ${Math.round(wait)} ms, longer than the ${Math.round(leftMs)} ms that this request may take; try again later`,
      )
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
      this.#run(this.#waiting.take(this.#options.maxRows), reason)
    }
  }

  /** Why the first group may run now, if it may. */
  #reason(): RunReason | undefined {
    const { runner, maxRows, maxDelayMs, clock } = this.#options
    const full = this.#waiting.fills(maxRows)
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
    return full && runner.slots() > 0 ? 'full' : undefined
  }

  #run(taken: readonly Entry[], reason: RunReason): void {
    const alive = taken.filter((entry) => !this.#abandoned(entry))
    if (alive.length === 0) return
    const { clock, runner } = this.#options
    const startedAt = clock.monotonic()
    const rows = alive.reduce((sum, entry) => sum + entry.rows, 0)
    runner
      .run(
        alive.map((entry) => entry.inputs),
        alive.map((entry) => entry.context.requestId),
      )
      .then(
        (result) => {
          const ms = clock.monotonic() - startedAt
          this.#runMs = this.#runMs === 0 ? ms : this.#runMs + EWMA * (ms - this.#runMs)
          const { inferMs, transformMs, transportMs } = result
          this.#options.onRun({ rows, reason, ms, inferMs, transformMs, transportMs })
          this.#answer(alive, rows, startedAt, result)
        },
        (error: ServeError) => this.#failed(alive, error),
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

  #answer(entries: readonly Entry[], rows: number, startedAt: number, result: RunResult): void {
    let from = 0
    for (const entry of entries) {
      const to = from + entry.rows
      const outputs = entries.length === 1 ? result.outputs : rowsOf(result.outputs, from, to)
      from = to
      const phases = {
        queue: startedAt - entry.enteredAt,
        transport: result.transportMs,
        transform: result.transformMs,
        infer: result.inferMs,
      }
      this.#waiting.settle(entry, () => entry.resolve({ outputs, phases, batchRows: rows }))
    }
  }

  #abandoned(entry: Entry): boolean {
    if (!entry.context.signal.aborted) return false
    this.#waiting.settle(entry, () => entry.reject(new ServeError('CANCELLED', 'the caller went away before the request could run')))
    return true
  }

  #refuseAll(error: ServeError): void {
    for (const entry of this.#waiting.all()) this.#waiting.settle(entry, () => entry.reject(error))
  }
}

const expired = () =>
  new ServeError(
    'DEADLINE_EXCEEDED',
    'the deadline passed before the answer was ready; allow more time (x-slipway-deadline-ms) or send fewer rows',
  )
const total = (phases: Phases) => (phases.queue ?? 0) + (phases.infer ?? 0)

/** Rows may be joined when every input has the same datatype and the same dimensions after the first. */
function joinKey(inputs: Tensors): string {
  let key = ''
  for (const [name, value] of inputs) key += `${name}\u0000${value.datatype}\u0000${value.shape.slice(1).join()}\u0000`
  return key
}

function rowsOf(outputs: Tensors, from: number, to: number): Tensors {
  const own = new Map<string, Tensor>()
  for (const [name, value] of outputs) own.set(name, sliceRows(value, from, to))
  return own
}
