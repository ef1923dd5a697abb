import type { InputInfo } from '@slipway/client'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Form } from '../form/form.ts'
import type { Runner } from './use-prediction.ts'

export interface Live {
  readonly isOn: boolean
  readonly set: (isOn: boolean) => void
  /** The next change of the form is one that its maker sends itself. */
  readonly skipNext: () => void
}

export interface LiveOptions {
  readonly form: Form
  readonly versions: readonly (string | undefined)[]
  readonly run: Runner['run']
  readonly inputs: readonly InputInfo[]
}

const SLOT = 'slipway-live'
const DRAWING_MS = 60
const TYPING_MS = 220

/** Predicts whenever the form changes and then rests for a moment. On until a person turns it off. */
export function useLive({ form, versions, run, inputs }: LiveOptions): Live {
  const [isOn, setOn] = useState(() => localStorage.getItem(SLOT) !== 'off')
  const skip = useRef(true)
  const restMs = inputs.some((input) => input.as.kind === 'image') ? DRAWING_MS : TYPING_MS
  // A change of the versions to ask is a change to predict for, as is a change of the form.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const isSkipped = skip.current
    skip.current = false
    if (!isOn || isSkipped) return
    const timer = setTimeout(() => void run(form, 'live'), restMs)
    return () => clearTimeout(timer)
  }, [form, versions, isOn, run, restMs])
  const set = (next: boolean) => {
    if (next) localStorage.removeItem(SLOT)
    else localStorage.setItem(SLOT, 'off')
    setOn(next)
  }
  const skipNext = useCallback(() => {
    skip.current = true
  }, [])
  return { isOn, set, skipNext }
}
