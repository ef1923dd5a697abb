/** Exponential back-off without jitter: for restarts of one thing, where a herd cannot form. */
export interface Backoff {
  readonly firstMs: number
  readonly mostMs: number
}

/** Milliseconds to wait before attempt `attempt` (0 for the first retry). */
export function backoffMs({ firstMs, mostMs }: Backoff, attempt: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30))
}
