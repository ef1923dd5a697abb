/** When a failed call is sent again, and how often all calls of one client together may be. */

/** Every default is documented here. */
export interface RetryOptions {
  /** Attempts of one call, the first included. Default 3; 1 never sends again. */
  readonly attempts?: number
  /** Share of calls that the client as a whole may send again. Default 0.1. */
  readonly budgetRatio?: number
  /** Attempts that it may make beyond that share, so that a client of few calls can retry at all. Default 10. */
  readonly budgetFloor?: number
  /** The first back-off is at most this long, each next one twice that. Default 50. */
  readonly firstDelayMs?: number
  /** No back-off is longer. Default 2000. */
  readonly mostDelayMs?: number
}

export type RetryPolicy = Required<RetryOptions>

/** The options with their defaults; throws RangeError naming the option that makes no sense. */
export function retryPolicy(options: RetryOptions = {}): RetryPolicy {
  const policy: RetryPolicy = Object.freeze({
    attempts: options.attempts ?? 3,
    budgetRatio: options.budgetRatio ?? 0.1,
    budgetFloor: options.budgetFloor ?? 10,
    firstDelayMs: options.firstDelayMs ?? 50,
    mostDelayMs: options.mostDelayMs ?? 2000,
  })
  for (const [name, value] of Object.entries(policy))
    if (!Number.isFinite(value) || value < 0) throw new RangeError(`retry.${name} must be a number from 0 up, got ${value}`)
  if (!Number.isInteger(policy.attempts) || policy.attempts < 1)
    throw new RangeError(`retry.attempts must be a whole number from 1 up, got ${policy.attempts}`)
  return policy
}

/** Full jitter: anything from 0 to the exponential step, so that clients which failed together do not come back together. */
export function backoffMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  return random() * Math.min(policy.mostDelayMs, policy.firstDelayMs * 2 ** Math.min(attempt - 1, 30))
}

/**
 * A token bucket that bounds the load which retries add: over any span, retries ≤ ratio × calls + floor.
 * It starts full; each call earns `ratio` of a token, each retry costs one.
 */
export class RetryBudget {
  readonly #ratio: number
  readonly #floor: number
  #tokens: number

  constructor(ratio: number, floor: number) {
    this.#ratio = ratio
    this.#floor = floor
    this.#tokens = floor
  }

  earn(): void {
    this.#tokens = Math.min(this.#floor, this.#tokens + this.#ratio)
  }

  /** Takes a token for one retry; false when there is none. */
  spend(): boolean {
    // Ten times 0.1 is a little less than 1 in binary fractions.
    if (this.#tokens < 1 - 1e-9) return false
    this.#tokens -= 1
    return true
  }
}
