/** Equal requests that share one run: the first starts it, those that come while it is under way wait for its answer. */
import { type InferRequest, type InferResponse, ServeError } from '@slipway/protocol'
import type { Clock } from '../../base/clock.ts'
import type { CallContext } from '../infer.ts'

export interface Waiter {
  readonly request: InferRequest
  readonly context: CallContext
  /** On the monotonic clock (ms). */
  readonly enteredAt: number
  /** Milliseconds that its own look-up took. */
  readonly lookupMs: number
  /** What it was when it came. */
  readonly cameAs: 'leader' | 'follower'
  resolve(response: InferResponse): void
  reject(error: unknown): void
}

/** Timers of the system may be early by this much (ms). */
const EARLY_MS = 2

export class Flight {
  readonly key: string
  /** The first of those who wait when the run starts; its request is the one that runs. */
  readonly leader: Waiter
  /** Until when the run may take; whoever has less time than that has a timer of its own. */
  readonly deadline: number
  readonly #clock: Clock
  readonly #timers = new Map<Waiter, () => void>()
  readonly #waiting: Set<Waiter>

  /** `waiters` are one or more; the run may take as long as the most patient of them waits. */
  constructor(key: string, waiters: readonly [Waiter, ...Waiter[]], clock: Clock) {
    this.key = key
    this.leader = waiters[0]
    this.deadline = Math.max(...waiters.map(({ context }) => context.deadline))
    this.#clock = clock
    this.#waiting = new Set()
    for (const waiter of waiters) this.join(waiter)
  }

  get waiting(): ReadonlySet<Waiter> {
    return this.#waiting
  }

  /** What the run is told: its own deadline, the most urgent priority, and that the caller has gone only when all have. */
  context(): CallContext {
    const waiting = this.#waiting
    const signal = {
      get aborted() {
        for (const { context } of waiting) if (!context.signal.aborted) return false
        return true
      },
    }
    return { ...this.leader.context, deadline: this.deadline, signal }
  }

  join(waiter: Waiter): void {
    this.#waiting.add(waiter)
    if (waiter.context.deadline >= this.deadline) return
    const left = waiter.context.deadline - this.#clock.monotonic()
    this.#timers.set(
      waiter,
      this.#clock.after(Math.max(0, left), () => {
        this.#leave(waiter)
        waiter.reject(expired())
      }),
    )
  }

  /** Takes everybody out, in the order in which they came; they are for the caller to answer. */
  land(): readonly Waiter[] {
    const waiters = [...this.#waiting]
    for (const waiter of waiters) this.#leave(waiter)
    return waiters
  }

  /** Who can still be answered by another run, after `error` ended this one for a reason that was its leader's alone. */
  survivors(error: unknown, waiters: readonly Waiter[]): readonly Waiter[] {
    const now = this.#clock.monotonic() + EARLY_MS
    const code = error instanceof ServeError ? error.code : undefined
    // A run past its limit is told by the same code as a deadline, but long before it: nobody should try that again.
    // Each time somebody is left behind, so that it comes to an end.
    const wasLeaders =
      (code === 'CANCELLED' && waiters.some(({ context }) => context.signal.aborted)) ||
      (code === 'DEADLINE_EXCEEDED' && now >= this.deadline)
    return wasLeaders ? waiters.filter(({ context }) => !context.signal.aborted && context.deadline > now) : []
  }

  #leave(waiter: Waiter): void {
    this.#waiting.delete(waiter)
    this.#timers.get(waiter)?.()
    this.#timers.delete(waiter)
  }
}

const expired = () =>
  new ServeError(
    'DEADLINE_EXCEEDED',
    'the deadline passed before the run of an equal request was over; allow more time (x-slipway-deadline-ms)',
  )
