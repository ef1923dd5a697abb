/** Figures of a model in a process that only answers HTTP: they are noted here, reported, and counted where all are merged. */
import type { CacheMetrics } from './cache-metrics.ts'
import type { ModelMetrics } from './model-metrics.ts'

type Counting = 'answered' | 'failed' | 'phase' | 'ran'
type CacheCounting = 'looked' | 'askedShared'

/** One call of a ModelMetrics or a CacheMetrics, as it travels. */
export type Noted =
  | { readonly [Name in Counting]: readonly [Name, ...Parameters<ModelMetrics[Name]>] }[Counting]
  | { readonly [Name in CacheCounting]: readonly [Name, ...Parameters<CacheMetrics[Name]>] }[CacheCounting]

/** `metrics`, but what it counts is handed to `note`. */
export function reportedMetrics(metrics: ModelMetrics, note: (noted: Noted) => void): ModelMetrics {
  return {
    ...metrics,
    answered: (...all) => note(['answered', ...all]),
    failed: (...all) => note(['failed', ...all]),
    phase: (...all) => note(['phase', ...all]),
    ran: (...all) => note(['ran', ...all]),
  }
}

/** The same for a response cache. */
export function reportedCacheMetrics(metrics: CacheMetrics, note: (noted: Noted) => void): CacheMetrics {
  return {
    ...metrics,
    looked: (...all) => note(['looked', ...all]),
    askedShared: (...all) => note(['askedShared', ...all]),
  }
}

export interface Counted {
  readonly metrics: Pick<ModelMetrics, Counting>
  /** Absent without a response cache. */
  readonly cache?: { readonly metrics: Pick<CacheMetrics, CacheCounting> }
}

/** Counts what another process noted. */
export function countNoted({ metrics, cache }: Counted, noted: readonly Noted[]): void {
  for (const one of noted) {
    if (one[0] === 'answered') metrics.answered(one[1], one[2], one[3])
    else if (one[0] === 'failed') metrics.failed(one[1], one[2], one[3])
    else if (one[0] === 'phase') metrics.phase(one[1], one[2], one[3])
    else if (one[0] === 'ran') metrics.ran(one[1])
    else if (one[0] === 'looked') cache?.metrics.looked(one[1], one[2])
    else cache?.metrics.askedShared(one[1])
  }
}
