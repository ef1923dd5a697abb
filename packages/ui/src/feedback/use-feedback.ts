import type { FeedbackSummary } from '@slipway/client'
import { useCallback, useEffect, useState } from 'react'
import { CallFailure } from '../call/failure.ts'
import { fetchFeedback } from '../call/server.ts'

export interface FeedbackState {
  /** Undefined until it is known, and where the server offers none. */
  readonly summary?: FeedbackSummary
  /** Asks again, after something was marked. */
  readonly refresh: () => void
}

/** What people said of the model's answers so far. */
export function useFeedback(model: string): FeedbackState {
  const [summary, setSummary] = useState<FeedbackSummary>()
  const [asked, setAsked] = useState(0)
  // Each refresh counts up and so asks again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const asking = new AbortController()
    fetchFeedback(model, asking.signal).then(setSummary, (failure: unknown) => {
      // A lost connection is no reason to take away what is shown.
      if (failure instanceof CallFailure && failure.kind !== 'NETWORK') setSummary(undefined)
    })
    return () => asking.abort()
  }, [model, asked])
  const refresh = useCallback(() => setAsked((count) => count + 1), [])
  return summary === undefined ? { refresh } : { summary, refresh }
}
