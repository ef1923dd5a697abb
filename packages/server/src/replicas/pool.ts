/**
 * All replicas of one revision: keeps as many alive as wanted, sends frames to the freest, replaces what dies.
 *
 * A replica that dies after it has answered is replaced at once. Deaths without an answer in between are a crash loop:
 * the wait before each restart doubles, and from the fifth on the breaker is open: requests are refused with the reason
 * instead of waiting, until a replica opens its model again.
 */
import { ServeError, type Tensors } from '@slipway/protocol'
import { backoffMs } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import type { Carrier, RunResult, WorkerSpec } from './carrier.ts'
import { type Death, MOST_IN_FLIGHT, Replica, type RunFrame } from './replica.ts'

/** Replicas that are all alike. */
export interface Fleet {
  readonly spec: WorkerSpec
  readonly replicas: number
}

export interface PoolOptions extends Fleet {
  readonly carrier: Carrier
  readonly clock: Clock
  readonly runMs: number
  readonly openMs: number
  readonly warmUp: readonly Tensors[]
  /** See ReplicaOptions. */
  readonly othersQuietMs?: ((address: string) => Promise<number>) | undefined
  onLine(line: string): void
  /** After each death, with what becomes of it; for the log and the metrics. */
  onDeath(death: Death): void
}

/** What the batcher sees of a pool. */
export interface Runner {
  /** Replicas with nothing to do. */
  free(): number
  /** Frames that could be sent now, the second one on each replica included. */
  slots(): number
  /** Why nothing can run for a while, when it is more than a moment. */
  broken(): ServeError | undefined
  /** Only when `slots() > 0`. Rejects with a ServeError. */
  run(parts: readonly Tensors[], requestIds: readonly string[]): Promise<RunResult>
  /** Calls `listener` when a replica gets free or the breaker opens. One listener. */
  onFree(listener: () => void): void
}

const CRASH_LOOP = 5
const RESTART = { firstMs: 200, mostMs: 30_000 }
/** Restarts that ended without an answer are retried at this pace while the breaker is open. */
const BREAKER_RETRY_MS = 10_000

export class Pool implements Runner {
  readonly #options: PoolOptions
  readonly #replicas = new Map<Replica, Fleet>()
  /** What is wanted; while another takes its place, replicas of both are there. */
  #fleet: Fleet
  /** Fleets whose replicas are not replaced any more. */
  readonly #ended = new WeakSet<Fleet>()
  /** Frames that came back unstarted from a replica that died; at most one for each. */
  readonly #returned: RunFrame[] = []
  /** How each restart that is due is called off, and of which fleet it is. */
  readonly #restarts = new Map<() => void, Fleet>()
  #listener: () => void = () => undefined
  #changed: () => void = () => undefined
  #closed = false
  #emptyDeaths = 0
  #broken: ServeError | undefined
  crashes = 0
  cut = 0

  constructor(options: PoolOptions) {
    this.#options = options
    this.#fleet = { spec: options.spec, replicas: options.replicas }
  }

  /** Starts all replicas; rejects, with none left, when one cannot be started. */
  async start(): Promise<void> {
    try {
      await this.#addAll(this.#fleet)
    } catch (error) {
      await this.close(0)
      throw error
    }
  }

  /**
   * Puts another fleet in the place of the one there is: it is opened and warmed up first, then the old replicas answer what they
   * hold and end; `graceMs` later they are killed. Rejects, with everything as it was, when a new replica cannot be started.
   */
  async replace(fleet: Fleet, graceMs: number): Promise<void> {
    const before = this.#fleet
    try {
      await this.#addAll(fleet)
      if (this.#closed) throw unloaded()
    } catch (error) {
      await this.#end(fleet, 0)
      throw error
    }
    this.#fleet = fleet
    await this.#end(before, graceMs)
  }

  get wanted(): number {
    return this.#fleet.replicas
  }

  get ready(): number {
    let count = 0
    for (const replica of this.#replicas.keys()) if (replica.ready) count += 1
    return count
  }

  get pids(): readonly number[] {
    return [...this.#replicas.keys()].flatMap((replica) => (replica.pid === undefined ? [] : [replica.pid]))
  }

  /** How other processes find the replicas that are ready. */
  get addresses(): readonly string[] {
    return [...this.#replicas.keys()].flatMap((replica) => (replica.ready && replica.address !== undefined ? [replica.address] : []))
  }

  /** Calls `listener` when `addresses` may have changed. One listener. */
  onChange(listener: () => void): void {
    this.#changed = listener
  }

  /** How long ago (ms) the replica there last answered this process; undefined when it is none of this pool's. */
  quietMs(address: string): number | undefined {
    return this.#at(address)?.quietMs
  }

  /** Ends the replica there for a run past the limit that another process asked for. */
  cutAt(address: string): void {
    this.#at(address)?.cut()
  }

  #at(address: string): Replica | undefined {
    for (const replica of this.#replicas.keys()) if (replica.address === address) return replica
    return undefined
  }

  free(): number {
    let count = 0
    for (const replica of this.#replicas.keys()) if (replica.ready && replica.inFlight === 0) count += 1
    return count
  }

  slots(): number {
    let count = 0
    for (const replica of this.#replicas.keys()) if (replica.ready) count += MOST_IN_FLIGHT - replica.inFlight
    return count
  }

  broken(): ServeError | undefined {
    return this.#closed ? unloaded() : this.#broken
  }

  onFree(listener: () => void): void {
    this.#listener = listener
  }

  run(parts: readonly Tensors[], requestIds: readonly string[]): Promise<RunResult> {
    return new Promise((resolve, reject) => this.#send({ parts, requestIds, resolve, reject }))
  }

  /** Lets every frame be answered, then ends the workers; after `graceMs` they are killed. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true
    await Promise.all(
      [...new Set([this.#fleet, ...this.#replicas.values(), ...this.#restarts.values()])].map((fleet) => this.#end(fleet, graceMs)),
    )
    this.#refuseReturned(unloaded())
    // Whatever still waits then would wait in vain.
    this.#listener()
  }

  #send(frame: RunFrame): void {
    let best: Replica | undefined
    for (const replica of this.#replicas.keys()) {
      if (replica.ready && replica.inFlight < MOST_IN_FLIGHT && replica.inFlight < (best?.inFlight ?? MOST_IN_FLIGHT)) best = replica
    }
    if (best !== undefined) best.run(frame)
    else if (this.#closed) frame.reject(unloaded())
    else this.#returned.push(frame)
  }

  async #addAll(fleet: Fleet): Promise<void> {
    const started = await Promise.allSettled(Array.from({ length: fleet.replicas }, () => this.#add(fleet)))
    const failed = started.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** Replaces none of the fleet's replicas any more, and ends them in order. */
  async #end(fleet: Fleet, graceMs: number): Promise<void> {
    this.#ended.add(fleet)
    for (const [cancel, due] of this.#restarts) {
      if (due !== fleet) continue
      cancel()
      this.#restarts.delete(cancel)
    }
    const stopped = [...this.#replicas].map(([replica, of]) => (of === fleet ? replica.stop(graceMs) : undefined))
    this.#changed()
    await Promise.all(stopped)
  }

  async #add(fleet: Fleet): Promise<void> {
    const { carrier, clock, runMs, openMs, warmUp, othersQuietMs, onLine } = this.#options
    const replica = new Replica({
      carrier,
      spec: fleet.spec,
      clock,
      runMs,
      openMs,
      warmUp,
      othersQuietMs,
      onLine,
      onFree: () => this.#freed(),
      onDeath: (dead, death) => this.#buried(dead, death),
    })
    this.#replicas.set(replica, fleet)
    try {
      await replica.start()
    } catch (error) {
      this.#replicas.delete(replica)
      throw error
    }
    this.#broken = undefined
    this.#changed()
    this.#freed()
  }

  #freed(): void {
    while (this.#returned.length > 0 && this.slots() > 0) this.#send(this.#returned.shift() as RunFrame)
    this.#listener()
  }

  #buried(replica: Replica, death: Death): void {
    const fleet = this.#replicas.get(replica) ?? this.#fleet
    this.#replicas.delete(replica)
    this.#changed()
    this.#options.onDeath(death)
    if (death.cause === 'run-limit') this.cut += 1
    else if (death.cause !== 'stopped') this.crashes += 1
    this.#returned.unshift(...death.unstarted)
    if (this.#closed) return
    if (this.#ended.has(fleet)) {
      this.#freed()
      return
    }
    // A replica that has answered since it opened is no crash loop, however often it is killed.
    this.#emptyDeaths = death.answered > 0 ? 0 : this.#emptyDeaths + 1
    this.#freed()
    this.#restart(fleet, death.why)
  }

  #restart(fleet: Fleet, why: string): void {
    if (this.#emptyDeaths >= CRASH_LOOP) this.#break(why)
    const wait = this.#emptyDeaths === 0 ? 0 : this.#broken === undefined ? backoffMs(RESTART, this.#emptyDeaths - 1) : BREAKER_RETRY_MS
    const cancel = this.#options.clock.after(wait, () => {
      this.#restarts.delete(cancel)
      this.#add(fleet).catch((error: unknown) => {
        if (this.#ended.has(fleet)) return
        this.#emptyDeaths += 1
        this.#restart(fleet, error instanceof Error ? error.message : String(error))
      })
    })
    this.#restarts.set(cancel, fleet)
  }

  #break(why: string): void {
    this.#broken = new ServeError(
      'UNAVAILABLE',
      `the model's worker keeps dying (${this.#emptyDeaths} times in a row without an answer): ${why}`,
    )
    this.#refuseReturned(this.#broken)
    this.#changed()
    this.#listener()
  }

  #refuseReturned(error: ServeError): void {
    for (const frame of this.#returned.splice(0)) frame.reject(error)
  }
}

const unloaded = () => new ServeError('UNAVAILABLE', 'the model was unloaded before the request could run; send it again')
