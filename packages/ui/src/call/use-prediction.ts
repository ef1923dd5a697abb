import type { ModelInfo } from '@slipway/client'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Form } from '../form/form.ts'
import { type Call, compose, type Problem } from './compose.ts'
import { type Answered, send } from './server.ts'

/** What one version answered, or why it did not. */
export interface Outcome {
  /** What was sent; another call may be under way already. */
  readonly call: Call
  /** The version asked for; undefined for the one that serves. */
  readonly pin: string | undefined
  readonly answered?: Answered
  readonly failure?: unknown
}

export interface Prediction {
  readonly call?: Call
  readonly outcomes: readonly Outcome[]
  readonly problems: readonly Problem[]
  readonly isRunning: boolean
}

const NOTHING: Prediction = { outcomes: [], problems: [], isRunning: false }

export interface Runner {
  readonly prediction: Prediction
  /** `asked` says all that is wrong; `live` keeps quiet about what is merely missing. */
  readonly run: (form: Form, why: 'asked' | 'live') => Promise<void>
  readonly clear: () => void
}

/** Sends forms to a model, one at a time: a newer form aborts the one in flight. The last answer stays until the next is there. */
export function usePrediction(model: Pick<ModelInfo, 'name' | 'inputs'>, pins: readonly (string | undefined)[]): Runner {
  const [prediction, setPrediction] = useState<Prediction>(NOTHING)
  const inFlight = useRef<AbortController>(undefined)
  const context = useRef({ model, pins })
  context.current = { model, pins }

  const begin = useCallback(() => {
    inFlight.current?.abort()
    inFlight.current = new AbortController()
    return inFlight.current.signal
  }, [])

  const run = useCallback(
    async (form: Form, why: 'asked' | 'live') => {
      const signal = begin()
      const composed = await compose(context.current.model, form)
      if (signal.aborted) return
      if ('problems' in composed) {
        const problems = why === 'asked' ? composed.problems : composed.problems.filter(({ kind }) => kind === 'wrong')
        return setPrediction((last) => ({ ...last, problems, isRunning: false }))
      }
      const { call } = composed
      setPrediction((last) => ({ ...last, call, problems: [], isRunning: true }))
      const outcomes = await Promise.all(context.current.pins.map((pin) => ask(call, pin, signal)))
      if (!signal.aborted) setPrediction({ call, outcomes, problems: [], isRunning: false })
    },
    [begin],
  )
  const clear = useCallback(() => {
    begin()
    setPrediction(NOTHING)
  }, [begin])
  useEffect(() => () => inFlight.current?.abort(), [])
  return { prediction, run, clear }
}

async function ask(call: Call, pin: string | undefined, signal: AbortSignal): Promise<Outcome> {
  try {
    return { call, pin, answered: await send(call, { signal, ...(pin === undefined ? {} : { version: pin }) }) }
  } catch (failure) {
    return { call, pin, failure }
  }
}
