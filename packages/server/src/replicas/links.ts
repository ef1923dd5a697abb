/**
 * The replicas of one revision as a process sees them that did not start them: it connects, sends frames to the freest, and lets go of
 * one when it is told to, once its frames are answered. To start, replace and kill is the supervisor's.
 */
import { ServeError, type Tensors } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { type Carrier, type Link, LinkLost, type RunResult } from './carrier.ts'
import type { Runner } from './pool.ts'
import { MOST_IN_FLIGHT, type RunFrame } from './replica.ts'

export interface LinksOptions {
  readonly carrier: Pick<Carrier, 'connect'>
  readonly clock: Clock
  readonly runMs: number
  /** A run may have taken too long: the supervisor kills the replica, or answers how long ago (ms) it was heard of elsewhere. */
  overdue(address: string): Promise<number>
  /** What the callers of a frame are told that was on a replica which died. */
  whyLost(address: string, requestIds: readonly string[]): Promise<ServeError>
}

interface Line {
  readonly address: string
  readonly link: Link
  readonly frames: RunFrame[]
  answeredAt: number
  leaving: boolean
  cancelTimer: () => void
}

export class Links implements Runner {
  readonly #options: LinksOptions
  readonly #lines = new Map<string, Line>()
  /** Frames that came back unstarted; at most one for each replica that died. */
  readonly #returned: RunFrame[] = []
  #wanted: ReadonlySet<string> = new Set()
  #broken: ServeError | undefined
  #listener: () => void = () => undefined

  constructor(options: LinksOptions) {
    this.#options = options
  }

  /** Connects to the replicas that are new, lets go of those that are not among them, and takes over why nothing can run, if so. */
  async set(addresses: readonly string[], broken?: string): Promise<void> {
    this.#wanted = new Set(addresses)
    this.#broken = broken === undefined ? undefined : new ServeError('UNAVAILABLE', broken)
    for (const line of this.#lines.values()) if (!this.#wanted.has(line.address)) this.#leave(line)
    await Promise.all(addresses.map((address) => this.#connect(address)))
    if (this.#broken !== undefined) for (const frame of this.#returned.splice(0)) frame.reject(this.#broken)
    this.#freed()
  }

  /** How long ago (ms) the replica there last answered this process; undefined when it is not connected to it. */
  quietMs(address: string): number | undefined {
    const line = this.#lines.get(address)
    return line && this.#options.clock.monotonic() - line.answeredAt
  }

  free(): number {
    return this.#count((line) => (line.frames.length === 0 ? 1 : 0))
  }

  slots(): number {
    return this.#count((line) => MOST_IN_FLIGHT - line.frames.length)
  }

  /** Frames that are not answered yet. */
  running(): number {
    return [...this.#lines.values()].reduce((sum, { frames }) => sum + frames.length, this.#returned.length)
  }

  broken(): ServeError | undefined {
    return this.#broken
  }

  onFree(listener: () => void): void {
    this.#listener = listener
  }

  run(parts: readonly Tensors[], requestIds: readonly string[]): Promise<RunResult> {
    return new Promise((resolve, reject) => this.#send({ parts, requestIds, resolve, reject }))
  }

  #count(of: (line: Line) => number): number {
    let count = 0
    for (const line of this.#lines.values()) if (!line.leaving) count += of(line)
    return count
  }

  async #connect(address: string): Promise<void> {
    if (this.#lines.has(address)) return
    // A replica that has gone meanwhile is replaced, and that is told.
    const link = await this.#options.carrier.connect(address).catch(() => undefined)
    if (link === undefined) return
    if (!this.#wanted.has(address) || this.#lines.has(address)) return link.close()
    const answeredAt = this.#options.clock.monotonic()
    this.#lines.set(address, { address, link, frames: [], answeredAt, leaving: false, cancelTimer: () => undefined })
  }

  #send(frame: RunFrame): void {
    let best: Line | undefined
    for (const line of this.#lines.values()) if (!line.leaving && line.frames.length < (best?.frames.length ?? MOST_IN_FLIGHT)) best = line
    if (best === undefined) this.#returned.push(frame)
    else this.#sendOn(best, frame)
  }

  #sendOn(line: Line, frame: RunFrame): void {
    line.frames.push(frame)
    if (line.frames.length === 1) this.#arm(line, this.#options.runMs)
    line.link.run(frame.parts).then(
      (result) => this.#settle(line, frame, () => frame.resolve(result)),
      (error: unknown) => {
        if (error instanceof LinkLost) this.#lost(line)
        else this.#settle(line, frame, () => frame.reject(error as ServeError))
      },
    )
  }

  #settle(line: Line, frame: RunFrame, answer: () => void): void {
    const index = line.frames.indexOf(frame)
    if (index < 0) return
    line.frames.splice(index, 1)
    line.answeredAt = this.#options.clock.monotonic()
    this.#arm(line, this.#options.runMs)
    answer()
    if (line.leaving) this.#leave(line)
    else this.#freed()
  }

  #leave(line: Line): void {
    line.leaving = true
    if (line.frames.length > 0) return
    line.cancelTimer()
    this.#lines.delete(line.address)
    line.link.close()
  }

  /** Frames are run in the order sent, so only the first can have been started. */
  #lost(line: Line): void {
    if (this.#lines.get(line.address) !== line) return
    this.#lines.delete(line.address)
    line.cancelTimer()
    const [lost, ...unstarted] = line.frames.splice(0)
    if (lost !== undefined) void this.#options.whyLost(line.address, lost.requestIds).then((error) => lost.reject(error))
    this.#returned.unshift(...unstarted)
    this.#freed()
  }

  #freed(): void {
    while (this.#returned.length > 0 && this.slots() > 0) this.#send(this.#returned.shift() as RunFrame)
    this.#listener()
  }

  /** The first frame may have waited behind those of other processes: whether its run is too long is for the supervisor to say. */
  #arm(line: Line, afterMs: number): void {
    line.cancelTimer()
    const [first] = line.frames
    if (first === undefined) return
    line.cancelTimer = this.#options.clock.after(afterMs, () => {
      void this.#options.overdue(line.address).then((quietMs) => {
        if (line.frames[0] === first) this.#arm(line, Math.max(1, this.#options.runMs - quietMs))
      })
    })
  }
}
