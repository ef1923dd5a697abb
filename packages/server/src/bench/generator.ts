/**
 * The load: connections kept busy by a plan, and what they saw, window by window.
 *
 * In open loop a request that is due while no connection is free waits in line, and its latency counts from when it was due: a server
 * that stalls is charged for everybody who would have come meanwhile (coordinated omission). Timers tick once a millisecond, so requests go
 * out up to that late; what is due counts from its tick, unless the tick itself was late.
 */
import { parseServerTiming } from '@slipway/client'
import type { Clock } from '../base/clock.ts'
import { poissonArrivals } from './arrivals.ts'
import type { Answer, Connection, Connector } from './connection.ts'
import { Latencies } from './latencies.ts'
import type { LoadPlan, WindowReport } from './load-plan.ts'

/** Requests that may wait for a connection; past that the test is hopeless and only eats memory. */
const MOST_WAITING = 20_000
/** A tick that comes later than this (ms) is no tick but a stall of the generator. */
const LATE_TICK_MS = 3
/** Every so many answers `Server-Timing` is read. */
const TIMED_EVERY = 16

export interface GeneratorDeps {
  readonly clock: Clock
  readonly connector: Connector
  /** Busy share of this process's event loop and its processor time since the last call. */
  usage(): { readonly loopBusy: number; readonly cpuSeconds: number }
  onWindow(window: WindowReport): void
}

class WindowTally {
  readonly latencies = new Latencies()
  readonly phases: Record<string, number> = {}
  timed = 0
  failed = 0
  dropped = 0
  waitingMost = 0
  firstFailure: string | undefined
}

export class Generator {
  readonly #plan: LoadPlan
  readonly #deps: GeneratorDeps
  readonly #prepared: readonly Uint8Array[]
  readonly #free: Connection[] = []
  /** Times at which requests were due that nobody has sent yet; taken from `#head` on. */
  #due: number[] = []
  #head = 0
  #turn = 0
  #answers = 0
  #tally = new WindowTally()

  constructor(plan: LoadPlan, deps: GeneratorDeps) {
    this.#plan = plan
    this.#deps = deps
    this.#prepared = plan.requests.map((request) => deps.connector.prepare(request))
  }

  /** Runs the plan to its end; every window is told as it ends. */
  async run(): Promise<void> {
    const { clock, connector, usage, onWindow } = this.#deps
    const { load, warmUpMs, windowMs, windows } = this.#plan
    const connections = Array.from({ length: load.connections }, () => connector.connect((connection) => this.#freed(connection)))
    const stopArrivals = load.kind === 'open' ? this.#arrive(load.perSecond, load.seed) : () => undefined
    await clock.sleep(warmUpMs)
    for (let window = 0; window < windows; window++) {
      this.#tally = new WindowTally()
      this.#tally.waitingMost = this.#waiting
      usage()
      const startedAt = clock.monotonic()
      await clock.sleep(windowMs)
      onWindow(this.#report((clock.monotonic() - startedAt) / 1000))
    }
    stopArrivals()
    for (const connection of connections) connection.close()
  }

  get #waiting(): number {
    return this.#due.length - this.#head
  }

  /** Looks once a millisecond which requests have become due; the answer stops it. */
  #arrive(perSecond: number, seed: number): () => void {
    const { clock } = this.#deps
    const next = poissonArrivals(perSecond, seed)
    const startedAt = clock.monotonic()
    let due = startedAt + next()
    let cancel: () => void = () => undefined
    let before = startedAt
    const look = () => {
      const now = clock.monotonic()
      const punctual = now - before <= LATE_TICK_MS
      before = now
      for (; due <= now; due = startedAt + next()) this.#arrived(punctual ? now : due)
      this.#sendDue()
      cancel = clock.after(1, look)
    }
    look()
    return () => cancel()
  }

  #arrived(due: number): void {
    if (this.#waiting >= MOST_WAITING) this.#tally.dropped += 1
    else this.#due.push(due)
  }

  #sendDue(): void {
    while (this.#waiting > 0) {
      const connection = this.#free.pop()
      if (connection === undefined) break
      if (connection.free) this.#send(connection, this.#takeDue())
    }
    if (this.#waiting > this.#tally.waitingMost) this.#tally.waitingMost = this.#waiting
  }

  #takeDue(): number {
    const due = this.#due[this.#head] as number
    this.#head += 1
    if (this.#head > 1024 && this.#head * 2 > this.#due.length) {
      this.#due = this.#due.slice(this.#head)
      this.#head = 0
    }
    return due
  }

  #freed(connection: Connection): void {
    if (this.#plan.load.kind === 'closed') this.#send(connection, this.#deps.clock.monotonic())
    else if (this.#waiting > 0) this.#send(connection, this.#takeDue())
    else this.#free.push(connection)
  }

  #send(connection: Connection, due: number): void {
    this.#turn = (this.#turn + 1) % this.#prepared.length
    connection.ask(this.#prepared[this.#turn] as Uint8Array, (answer) => this.#answered(answer, due))
  }

  #answered({ fault, serverTiming }: Answer, due: number): void {
    const tally = this.#tally
    if (fault !== undefined) {
      tally.failed += 1
      tally.firstFailure ??= fault
      return
    }
    tally.latencies.observe(this.#deps.clock.monotonic() - due)
    this.#answers += 1
    if (serverTiming === undefined || this.#answers % TIMED_EVERY !== 0) return
    tally.timed += 1
    for (const [phase, ms] of Object.entries(parseServerTiming(serverTiming, 0).phases))
      tally.phases[phase] = (tally.phases[phase] ?? 0) + ms
  }

  #report(seconds: number): WindowReport {
    const { latencies, phases, timed, failed, dropped, waitingMost, firstFailure } = this.#tally
    return {
      seconds,
      answered: latencies.count,
      failed,
      dropped,
      waitingMost,
      latencies: latencies.toText(),
      ...this.#deps.usage(),
      timed,
      phases,
      ...(firstFailure === undefined ? {} : { firstFailure }),
    }
  }
}
