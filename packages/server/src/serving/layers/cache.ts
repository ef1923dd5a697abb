/**
 * Keeps answers by all that decides them (answers/key), and lets equal requests that are under way share one run.
 *
 * Whole requests are kept, with all their outputs: what a request selects or reformats of them is done by the layers in
 * front of this one. An error is never kept. A run that ends for a reason of its leader's alone, which gave up or had less
 * time, is started again for those who still wait.
 */
import type { CacheInfo, CacheResult, InferRequest, InferResponse, Phases } from '@slipway/protocol'
import type { Clock } from '../../base/clock.ts'
import { Lru } from '../../base/lru.ts'
import type { CacheMetrics, Kept } from '../../observe/cache-metrics.ts'
import { type Answer, answerOf, sizeOf } from '../answers/answer.ts'
import { Flight, type Waiter } from '../answers/flight.ts'
import type { KeyOf } from '../answers/key.ts'
import type { SharedAnswers } from '../answers/shared.ts'
import { type Figures, SLICES, Worth } from '../answers/worth.ts'
import type { CallContext, Infer } from '../infer.ts'

export interface CacheOptions {
  readonly model: string
  readonly version: string
  readonly maxBytes: number
  readonly ttlMs: number
  readonly keyOf: KeyOf
  readonly clock: Clock
  readonly metrics: CacheMetrics
  /** A tier behind this process's own. */
  readonly shared?: SharedAnswers | undefined
  /** What the caches of other processes keep, to be told with what this one does. */
  readonly keptElsewhere?: (() => Kept) | undefined
  /** It was found to pay, or not to, and why. */
  onWorth(on: boolean, why: string): void
}

const NOTHING: Kept = { bytes: 0, entries: 0, evictions: 0 }

export class Cache {
  readonly #options: CacheOptions
  readonly #kept: Lru<Answer>
  readonly #worth: Worth
  /** The newest run for each key. */
  readonly #flights = new Map<string, Flight>()
  readonly #running = new Set<Promise<void>>()
  #why = 'it pays, as far as is known'

  constructor(options: CacheOptions) {
    this.#options = options
    this.#kept = new Lru(options.maxBytes)
    this.#worth = new Worth((on, figures) => this.#turned(on, figures))
    options.metrics.follow({ kept: () => this.#keptByAll(), on: () => this.#worth.on })
  }

  readonly layer = (next: Infer): Infer => {
    return (request, context) => {
      if (context.freshness === 'no-store' || !this.#worth.takes(request.inputs)) return this.#pass(next, request, context)
      return this.#answer(next, request, context)
    }
  }

  info(): CacheInfo {
    const { maxBytes, ttlMs, metrics, shared } = this.#options
    const info = { on: this.#worth.on, why: this.#why, maxBytes, ttlMs, ...this.#keptByAll(), requests: metrics.counts() }
    return shared === undefined ? info : { ...info, redis: { state: shared.state, ...metrics.sharedCounts() } }
  }

  get metrics(): CacheMetrics {
    return this.#options.metrics
  }

  /** Resolves when no run is under way any more. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  clear(): void {
    this.#kept.clear()
  }

  #keptByAll(): Kept {
    const { bytes, entries, evictions } = this.#kept
    const others = this.#options.keptElsewhere?.() ?? NOTHING
    return { bytes: bytes + others.bytes, entries: entries + others.entries, evictions: evictions + others.evictions }
  }

  async #pass(next: Infer, request: InferRequest, context: CallContext): Promise<InferResponse> {
    this.#options.metrics.looked('off', 0)
    return { ...(await next(request, context)), cache: 'off' }
  }

  #answer(next: Infer, request: InferRequest, context: CallContext): Promise<InferResponse> {
    const { clock, keyOf, metrics } = this.#options
    const enteredAt = clock.monotonic()
    const key = keyOf(request.inputs)
    const found = context.freshness === 'no-cache' ? undefined : this.#kept.get(key, enteredAt)
    const lookupMs = clock.monotonic() - enteredAt
    if (found !== undefined) {
      this.#worth.looked(lookupMs, 'saved')
      metrics.looked('hit', lookupMs)
      return Promise.resolve(this.#respond(found, request, { phases: { cache: lookupMs }, cache: 'hit' }))
    }
    return new Promise((resolve, reject) => {
      const flight = this.#flights.get(key)
      const joins = flight !== undefined && mayJoin(context, flight)
      const waiter: Waiter = { request, context, enteredAt, lookupMs, cameAs: joins ? 'follower' : 'leader', resolve, reject }
      if (!joins) return this.#start(next, new Flight(key, [waiter], clock))
      this.#worth.looked(lookupMs, 'saved')
      metrics.looked('coalesced', lookupMs)
      flight.join(waiter)
    })
  }

  #start(next: Infer, flight: Flight): void {
    this.#flights.set(flight.key, flight)
    const running = this.#run(next, flight).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Never rejects: every outcome goes to those who wait. */
  async #run(next: Infer, flight: Flight): Promise<void> {
    const { shared } = this.#options
    try {
      const found =
        shared === undefined || flight.leader.context.freshness !== undefined ? undefined : await this.#askShared(shared, flight)
      const cache = this.#options.clock.monotonic() - flight.leader.enteredAt
      if (found !== undefined) return this.#land(flight, found, { phases: { cache }, cache: 'hit' })
      const response = await next(flight.leader.request, flight.context())
      this.#land(flight, this.#keep(flight, response), { phases: { cache, ...response.phases }, cache: 'miss' })
    } catch (error) {
      this.#fail(next, flight, error)
    }
  }

  async #askShared(shared: SharedAnswers, flight: Flight): Promise<Answer | undefined> {
    const { clock, metrics, ttlMs } = this.#options
    const askedAt = clock.monotonic()
    const { result, answer, leftMs } = await shared.get(flight.key, flight.deadline - askedAt)
    const now = clock.monotonic()
    metrics.askedShared(result)
    this.#worth.spent(now - askedAt)
    if (answer !== undefined) this.#kept.set(flight.key, answer, { bytes: sizeOf(answer), until: now + Math.min(ttlMs, leftMs) })
    return answer
  }

  #keep(flight: Flight, response: InferResponse): Answer {
    const { clock, ttlMs, shared } = this.#options
    const startedAt = clock.monotonic()
    const answer = answerOf(response)
    this.#kept.set(flight.key, answer, { bytes: sizeOf(answer), until: startedAt + ttlMs })
    shared?.set(flight.key, answer, ttlMs)
    this.#worth.ran(costOf(response))
    this.#worth.spent(clock.monotonic() - startedAt)
    return answer
  }

  /** The first who waited is told what the run took, the others how long they waited for it. */
  #land(flight: Flight, answer: Answer, first: { readonly phases: Phases; readonly cache: 'hit' | 'miss' }): void {
    this.#forget(flight)
    this.#count(flight.leader, first.cache)
    const now = this.#options.clock.monotonic()
    for (const waiter of flight.land()) {
      const own = waiter === flight.leader ? first : { phases: { cache: now - waiter.enteredAt }, cache: 'coalesced' as const }
      waiter.resolve(this.#respond(answer, waiter.request, own))
    }
  }

  #fail(next: Infer, flight: Flight, error: unknown): void {
    this.#forget(flight)
    const waiters = flight.land()
    const [first, ...others] = flight.survivors(error, waiters)
    for (const waiter of waiters) {
      if (waiter === first || others.includes(waiter)) continue
      if (waiter === flight.leader) this.#count(waiter, 'miss')
      waiter.reject(error)
    }
    if (first !== undefined) this.#start(next, new Flight(flight.key, [first, ...others], this.#options.clock))
  }

  /** Whoever came as a follower is counted as one already, also if the first gave up and it took over. */
  #count({ cameAs, lookupMs }: Waiter, result: 'hit' | 'miss'): void {
    if (cameAs === 'follower') return
    this.#worth.looked(lookupMs, result === 'hit' ? 'saved' : 'missed')
    this.#options.metrics.looked(result, lookupMs)
  }

  #forget(flight: Flight): void {
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key)
  }

  #respond(answer: Answer, { id }: InferRequest, own: { readonly phases: Phases; readonly cache: CacheResult }): InferResponse {
    const { model, version } = this.#options
    const response = { model, version, ...answer, ...own }
    return id === undefined ? response : { ...response, id }
  }

  #turned(on: boolean, figures: Figures): void {
    const { maxBytes, onWorth } = this.#options
    // The slice has its share of the budget, so that it has to make room as often as the whole would.
    this.#kept.resize(on ? maxBytes : Math.ceil(maxBytes / SLICES))
    this.#why = `${on ? 'it pays again' : 'it does not pay'}: ${worthText(figures)}`
    onWorth(on, this.#why)
  }
}

/** Whoever wants a fresh answer, or is more urgent than a run that may still have to wait, starts one of their own. */
function mayJoin({ freshness, priority = USUAL }: CallContext, { leader }: Flight): boolean {
  return freshness === undefined && priority >= (leader.context.priority ?? USUAL)
}

/** The level of priority of a request that names none. */
const USUAL = 5

/** What the run took of processors for this request: its share by rows. Waiting is no cost of the run's. */
function costOf({ phases, rows, batchRows }: InferResponse): number {
  const share = batchRows > rows ? rows / batchRows : 1
  return share * ((phases.infer ?? 0) + (phases.transform ?? 0) + (phases.transport ?? 0))
}

function worthText({ hitRate, runMs, costMs }: Figures): string {
  const ms = (value: number) => `${Number(value.toPrecision(2))} ms`
  return `${Math.round(hitRate * 100)} % of the last look-ups saved a run of ${ms(runMs)}, and each cost ${ms(costMs)}`
}
