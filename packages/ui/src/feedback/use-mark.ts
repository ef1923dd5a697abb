import type { ModelInfo } from '@slipway/client'
import { useState } from 'react'
import { removeFeedback, sendFeedback } from '../call/server.ts'
import { type Exchange, feedbackGiven, type Mark } from './given.ts'

/** asking → storing → marked → undoing → asking; a failure leads one step back. `isBack` after a step back: the focus was lost with what is gone. */
export type MarkState =
  | { readonly step: 'asking' | 'storing'; readonly failure?: unknown; readonly isBack: boolean }
  | { readonly step: 'marked' | 'undoing'; readonly id: string; readonly mark: Mark; readonly failure?: unknown }

export interface Marking {
  readonly state: MarkState
  readonly store: (mark: Mark) => Promise<void>
  readonly undo: () => Promise<void>
}

export interface MarkingOptions {
  readonly model: Pick<ModelInfo, 'name' | 'inputs' | 'outputs'>
  readonly exchange: Exchange
  /** Called when something was stored or taken back. */
  readonly onChange: () => void
}

/** The mark of one answer. What was sent is not called back when another answer takes its place. */
export function useMark({ model, exchange, onChange }: MarkingOptions): Marking {
  const [state, setState] = useState<MarkState>({ step: 'asking', isBack: false })
  const store = async (mark: Mark) => {
    setState({ step: 'storing', isBack: false })
    try {
      const id = await sendFeedback(model.name, await feedbackGiven(model, exchange, mark))
      setState({ step: 'marked', id, mark })
      onChange()
    } catch (failure) {
      setState({ step: 'asking', failure, isBack: true })
    }
  }
  const undo = async () => {
    if (state.step !== 'marked') return
    const { id, mark } = state
    setState({ step: 'undoing', id, mark })
    try {
      await removeFeedback(model.name, id)
      setState({ step: 'asking', isBack: true })
      onChange()
    } catch (failure) {
      setState({ step: 'marked', id, mark, failure })
    }
  }
  return { state, store, undo }
}
