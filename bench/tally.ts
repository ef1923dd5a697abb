/** What a load generator counts, and the figures made of it. */

export interface LoadResult {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly answers: number
  readonly failures: number
  /** What went wrong first, when something did. */
  readonly firstFailure?: string
}

export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** The count of one measurement; failures are counted while it warms up, too. */
export class Tally {
  readonly latencies: number[] = []
  failures = 0
  firstFailure: string | undefined
  measuring = false

  fail(why: string): void {
    this.failures += 1
    this.firstFailure ??= why
  }
}

/** The figures of `seconds` of measuring. */
export function loadResult(tally: Tally, seconds: number): LoadResult {
  const sorted = Float64Array.from(tally.latencies).sort()
  return {
    perSecond: sorted.length / seconds,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    answers: sorted.length,
    failures: tally.failures,
    ...(tally.firstFailure === undefined ? {} : { firstFailure: tally.firstFailure }),
  }
}
