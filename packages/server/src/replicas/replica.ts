/**
 * One worker from spawn to end, seen from the parent.
 *
 *   starting ──open, warm-up──▶ ready ──stop()──▶ stopping ──▶ dead
 *       └────────the worker ends─────┴───────────────────────▶ dead
 *
 * Frames are run in the order sent, so when a worker ends, only the first unanswered one can have been started.
 */
import { ServeError, type Tensors } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import type { Exit } from '../base/process.ts'
import { type Carrier, type Link, LinkLost, type RunResult, type Worker, type WorkerSpec } from './carrier.ts'

/** Frames that may be on one replica at once: one runs while the next is on its way. */
export const MOST_IN_FLIGHT = 2

/** One run asked of a pool. */
export interface RunFrame {
  readonly parts: readonly Tensors[]
  /** Ids of the requests in it, for the log when it is lost. */
  readonly requestIds: readonly string[]
  resolve(result: RunResult): void
  reject(error: ServeError): void
}

export type DeathCause = 'crash' | 'run-limit' | 'killed' | 'memory' | 'stopped'

export interface Death {
  readonly cause: DeathCause
  /** One sentence for people. */
  readonly why: string
  readonly pid: number | undefined
  /** How other processes that ask this worker know it. */
  readonly address: string | undefined
  /** The frame that may have been started; it has been rejected. */
  readonly lost: RunFrame | undefined
  /** Frames that certainly were not started, for another replica. */
  readonly unstarted: readonly RunFrame[]
  /** The longest run it was allowed (ms). */
  readonly runMs: number
  /** Runs that it had answered. */
  readonly answered: number
}

export interface ReplicaOptions {
  readonly carrier: Carrier
  readonly spec: WorkerSpec
  readonly clock: Clock
  /** Longest run; past it the worker is killed. */
  readonly runMs: number
  /** How long opening the model may take; past it the worker is killed and `start` rejects. */
  readonly openMs: number
  /** Inputs of runs to be done before it counts as ready. */
  readonly warmUp: readonly Tensors[]
  /** How long ago (ms) other processes were last answered by this worker; absent where none asks it. */
  readonly othersQuietMs?: ((address: string) => Promise<number>) | undefined
  onLine(line: string): void
  /** A frame was answered, so there is room for another. */
  onFree(replica: Replica): void
  onDeath(replica: Replica, death: Death): void
}

const LAST_LINES = 5
/** A worker that has let go of its connection has this long to end. */
const LINGER_MS = 1000

export class Replica {
  readonly #options: ReplicaOptions
  readonly #frames: RunFrame[] = []
  readonly #lines: string[] = []
  #worker: Worker | undefined
  #link: Link | undefined
  #state: 'starting' | 'ready' | 'stopping' | 'dead' = 'starting'
  #answered = 0
  /** When it last answered this process, or opened (monotonic, ms). */
  #answeredAt = 0
  #killedFor: 'run-limit' | undefined
  /** Why a start was ended before its time. */
  #cutShort: string | undefined
  #cancelRunTimer: (() => void) | undefined
  #drained: (() => void) | undefined

  constructor(options: ReplicaOptions) {
    this.#options = options
  }

  get ready(): boolean {
    return this.#state === 'ready'
  }

  get inFlight(): number {
    return this.#frames.length
  }

  get pid(): number | undefined {
    return this.#worker?.pid
  }

  get address(): string | undefined {
    return this.#worker?.address
  }

  /** How long ago it last answered this process (ms). */
  get quietMs(): number {
    return this.#options.clock.monotonic() - this.#answeredAt
  }

  /** Ends it for a run that takes too long, whichever process asked for that. */
  cut(): void {
    if (this.#state === 'dead') return
    this.#killedFor = 'run-limit'
    this.#worker?.kill()
  }

  /** Spawns, opens and warms up. Rejects, with the worker ended, when any of it fails; `onDeath` is not called then. */
  async start(): Promise<void> {
    const { carrier, spec, warmUp } = this.#options
    const worker = await carrier.spawn(spec.memoryBytes, (line) => this.#heard(line))
    this.#worker = worker
    try {
      if (this.#state !== 'starting') throw stoppedEarly()
      const link = await carrier.connect(worker.address)
      this.#link = link
      await this.#open(link, spec)
      for (const inputs of warmUp) await this.#warm(link, inputs)
      if (this.#state !== 'starting') throw stoppedEarly()
    } catch (error) {
      const stopped = this.#state === 'stopping'
      this.#state = 'dead'
      this.#link?.close()
      const exit = error instanceof LinkLost ? await this.#exitOf(worker) : undefined
      worker.kill()
      if (stopped) throw stoppedEarly()
      throw exit === undefined
        ? error
        : new ServeError('UNAVAILABLE', this.#cutShort ?? `${this.#describe(exit)} while it opened the model`)
    }
    this.#state = 'ready'
    this.#answeredAt = this.#options.clock.monotonic()
    void worker.exited.then((exit) => this.#died(exit))
  }

  async #open(link: Link, spec: WorkerSpec): Promise<void> {
    const { clock, openMs } = this.#options
    const cancel = clock.after(openMs, () => this.#cut(`the runtime did not open the model within limits.openMs (${openMs} ms)`))
    try {
      await link.open(spec)
    } finally {
      cancel()
    }
  }

  /** Ends a start that takes too long. */
  #cut(why: string): void {
    this.#cutShort = why
    this.#worker?.kill()
  }

  /** How a worker ended whose connection is gone; one that lingers is killed. */
  async #exitOf(worker: Worker): Promise<Exit> {
    const cancel = this.#options.clock.after(LINGER_MS, () => worker.kill())
    const exit = await worker.exited
    cancel()
    return exit
  }

  /** A warm-up that the model refuses is none, but no reason not to serve it; one that hangs is cut like any run. */
  async #warm(link: Link, inputs: Tensors): Promise<void> {
    const { clock, runMs } = this.#options
    const cancel = clock.after(runMs, () =>
      this.#cut(
        `a run to warm the model up took longer than limits.runMs (${runMs} ms) and was cut; raise it, or give the package smaller examples`,
      ),
    )
    try {
      await link.run([inputs])
    } catch (error) {
      if (!(error instanceof ServeError)) throw error
      this.#options.onLine(`a warm-up run was refused: ${error.message}`)
    } finally {
      cancel()
    }
  }

  /** Sends a frame; only when `ready` and fewer than MOST_IN_FLIGHT are on it. */
  run(frame: RunFrame): void {
    this.#frames.push(frame)
    if (this.#frames.length === 1) this.#armRunTimer()
    this.#link?.run(frame.parts).then(
      (result) => this.#settle(frame, () => frame.resolve(result)),
      (error: unknown) => {
        // A lost link is settled by #died, which knows what was started and what was not.
        if (error instanceof LinkLost) this.#worker?.kill()
        else this.#settle(frame, () => frame.reject(error as ServeError))
      },
    )
  }

  /** Waits until its frames are answered, then ends the worker; `graceMs` later it is killed. */
  async stop(graceMs: number): Promise<void> {
    if (this.#state === 'dead') return
    const worker = this.#worker
    // Nothing that anyone waits for is on a replica that has not opened its model.
    if (this.#state === 'starting') worker?.kill()
    this.#state = 'stopping'
    const cancel = this.#options.clock.after(graceMs, () => worker?.kill())
    if (this.#frames.length > 0) await new Promise<void>((resolve) => (this.#drained = resolve))
    this.#link?.close()
    if (this.#options.carrier.name === 'inline') worker?.kill()
    await worker?.exited
    cancel()
  }

  #settle(frame: RunFrame, answer: () => void): void {
    const index = this.#frames.indexOf(frame)
    if (index < 0) return
    this.#frames.splice(index, 1)
    this.#answered += 1
    this.#answeredAt = this.#options.clock.monotonic()
    this.#armRunTimer()
    answer()
    if (this.#frames.length === 0) this.#drained?.()
    if (this.#state === 'ready') this.#options.onFree(this)
  }

  /** The clock runs for the first frame only: the others have not started. */
  #armRunTimer(afterMs = this.#options.runMs): void {
    this.#cancelRunTimer?.()
    this.#cancelRunTimer = undefined
    const [first] = this.#frames
    if (first === undefined) return
    this.#cancelRunTimer = this.#options.clock.after(afterMs, () => void this.#overdue(first))
  }

  /** Where other processes ask the same worker, the frame may merely have waited for theirs: as long as anyone is answered, no run is too long. */
  async #overdue(first: RunFrame): Promise<void> {
    const { othersQuietMs, runMs } = this.#options
    if (othersQuietMs !== undefined && this.address !== undefined) {
      const quietMs = await othersQuietMs(this.address)
      if (this.#state === 'dead' || this.#frames[0] !== first) return
      if (quietMs < runMs) return this.#armRunTimer(runMs - quietMs)
    }
    this.cut()
  }

  #heard(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > LAST_LINES) this.#lines.shift()
    this.#options.onLine(line)
  }

  #died(exit: Exit): void {
    const stopping = this.#state === 'stopping'
    this.#state = 'dead'
    this.#cancelRunTimer?.()
    this.#link?.close()
    const cause = this.#killedFor ?? (stopping ? 'stopped' : this.#causeOf(exit))
    const why =
      this.#killedFor === undefined
        ? this.#describe(exit)
        : `a run took longer than limits.runMs (${this.#options.runMs} ms), so its worker was killed`
    const [lost, ...unstarted] = this.#frames.splice(0)
    lost?.reject(lostError(cause, why, this.#options.runMs))
    this.#drained?.()
    this.#options.onDeath(this, {
      cause,
      why,
      pid: this.pid,
      address: this.address,
      lost,
      unstarted,
      runMs: this.#options.runMs,
      answered: this.#answered,
    })
  }

  #causeOf(exit: Exit): DeathCause {
    if (this.#lines.some((line) => /heap out of memory|bad_alloc|Cannot allocate memory/.test(line))) return 'memory'
    return exit.signal === 'SIGKILL' ? 'killed' : 'crash'
  }

  #describe({ code, signal }: Exit): string {
    if (signal === 'SIGKILL') return 'the worker was killed from outside (SIGKILL; often the system, short of memory)'
    return `the worker ${signal === null ? `ended with exit code ${code}` : `crashed (${signal})`}`
  }
}

const stoppedEarly = () => new ServeError('CANCELLED', 'the model was unloaded while it was being opened')

/** What the callers of a lost frame are told. */
export function lostError(cause: DeathCause, why: string, runMs: number): ServeError {
  if (cause === 'run-limit')
    return new ServeError(
      'DEADLINE_EXCEEDED',
      `the run took longer than the server allows (${runMs} ms) and was cut; send fewer rows, or raise limits.runMs`,
    )
  return new ServeError('UNAVAILABLE', `${why} while your request was on it; send the request again`)
}
