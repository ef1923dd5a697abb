/** A transport to a test server, with time and chance in the test's hand. */
import type { Clock } from '../../src/clock.ts'
import { type RetryOptions, retryPolicy } from '../../src/retry.ts'
import { Transport } from '../../src/transport.ts'

export interface TestTransport {
  readonly clock: Clock
  readonly retry?: RetryOptions
  /** Default 0.5: every back-off is half of its step. */
  readonly random?: () => number
}

export function transportTo(url: string, { clock, retry, random }: TestTransport): Transport {
  return new Transport({
    baseUrl: url,
    headers: new Headers(),
    fetch: (input, init) => globalThis.fetch(input, init),
    deadlineMs: 30_000,
    retry: retryPolicy(retry),
    clock,
    random: random ?? (() => 0.5),
  })
}
