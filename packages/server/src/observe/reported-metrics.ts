/** Figures of a model in a process that only answers HTTP: they are noted here, reported, and counted where all are merged. */
import type { ModelMetrics } from './model-metrics.ts'

type Counting = 'answered' | 'failed' | 'phase' | 'ran'

/** One call of a ModelMetrics, as it travels. */
export type Noted = { readonly [Name in Counting]: readonly [Name, ...Parameters<ModelMetrics[Name]>] }[Counting]

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

/** Counts what another process noted. */
export function countNoted(metrics: ModelMetrics, noted: readonly Noted[]): void {
  for (const one of noted) {
    if (one[0] === 'answered') metrics.answered(one[1], one[2], one[3])
    else if (one[0] === 'failed') metrics.failed(one[1], one[2], one[3])
    else if (one[0] === 'phase') metrics.phase(one[1], one[2], one[3])
    else metrics.ran(one[1])
  }
}
