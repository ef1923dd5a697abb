/** Workers aside, opened for nothing but a measurement: no request reaches them, and they end with it. */
import { ServeError, type Tensors } from '@slipway/protocol'
import type { Clock } from '../../base/clock.ts'
import type { Carrier, Link, Worker, WorkerSpec } from '../../replicas/carrier.ts'

export interface RigOptions {
  readonly carrier: Carrier
  readonly clock: Clock
  readonly spec: WorkerSpec
  readonly replicas: number
  /** How long opening and the first run may take. */
  readonly openMs: number
  /** Inputs of one row. The first that the model takes is used; each worker runs it once, so that the next run is like any other. */
  readonly rows: Iterable<Tensors>
  /** Ends everything at once. */
  readonly signal: AbortSignal
}

export interface Load {
  /** Rows of each run. */
  readonly rows: number
  /** Of the rig's workers, how many take part. */
  readonly replicas: number
  /** Runs sent to a worker before the first is answered: 2 hides the way there and back, as serving does. */
  readonly ahead: number
  readonly forMs: number
}

export interface LoadFigures {
  readonly runs: number
  /** From the first run's start to the last one's answer. */
  readonly ms: number
  /** From sending a run to its answer, the quickest: what else the machine does only makes it longer. With more than one ahead, the wait for the other is in it. */
  readonly answerMs: number
}

export class Rig {
  readonly #options: RigOptions
  readonly #workers: Worker[] = []
  readonly #links: Link[] = []
  #row: Tensors = new Map()

  private constructor(options: RigOptions) {
    this.#options = options
  }

  /** Rejects, with nothing left, when a worker does not open within `openMs` or the signal aborts. */
  static async open(options: RigOptions): Promise<Rig> {
    const rig = new Rig(options)
    const { clock, openMs, signal } = options
    const end = () => rig.end()
    signal.addEventListener('abort', end, { once: true })
    const cancel = clock.after(openMs, end)
    try {
      const opened = await Promise.allSettled(Array.from({ length: options.replicas }, () => rig.#add()))
      const failed = opened.find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
      signal.throwIfAborted()
      return rig
    } catch (error) {
      end()
      throw error
    } finally {
      cancel()
    }
  }

  /** Keeps workers busy with copies of the row, each with at least one run. Rejects when `withinMs` passes first or a worker ends: the rig is of no use then. */
  async load({ rows, replicas, ahead, forMs }: Load, withinMs: number): Promise<LoadFigures> {
    const { clock } = this.#options
    const parts = Array.from({ length: rows }, () => this.#row)
    const cancel = clock.after(withinMs, () => this.end())
    const startedAt = clock.monotonic()
    let [runs, answerMs] = [0, Number.POSITIVE_INFINITY]
    const drive = async (link: Link) => {
      do {
        const sentAt = clock.monotonic()
        await link.run(parts)
        answerMs = Math.min(answerMs, clock.monotonic() - sentAt)
        runs += 1
      } while (clock.monotonic() - startedAt < forMs)
    }
    try {
      await Promise.all(this.#links.slice(0, replicas).flatMap((link) => Array.from({ length: ahead }, () => drive(link))))
    } finally {
      cancel()
    }
    return { runs, ms: clock.monotonic() - startedAt, answerMs }
  }

  /** Ends the workers at once. */
  end(): void {
    for (const link of this.#links.splice(0)) link.close()
    for (const worker of this.#workers.splice(0)) worker.kill()
  }

  async #add(): Promise<void> {
    const { carrier, spec, signal } = this.#options
    const worker = await carrier.spawn(spec.memoryBytes, () => undefined)
    this.#workers.push(worker)
    if (signal.aborted) return worker.kill()
    const link = await carrier.connect(worker.address)
    this.#links.push(link)
    await link.open(spec)
    this.#row = await this.#firstTaken(link)
  }

  async #firstTaken(link: Link): Promise<Tensors> {
    let refused: unknown = new ServeError('INVALID_ARGUMENT', 'there are no inputs to try')
    for (const row of this.#options.rows) {
      try {
        await link.run([row])
        return row
      } catch (error) {
        if (!(error instanceof ServeError)) throw error
        refused = error
      }
    }
    throw refused
  }
}
