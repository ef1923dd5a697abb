import { useMemo } from 'react'
import { CodePanel } from './code-panel.tsx'
import type { Call } from './compose.ts'
import { sample } from './samples.ts'
import { currentTarget } from './target.ts'
import type { Language } from './wire-sample.ts'

export interface SameCallProps {
  readonly call: Call | undefined
  readonly version: string | undefined
}

/** The call just made, as code that makes it again elsewhere. */
export function SameCall({ call, version }: SameCallProps) {
  const source = useMemo(
    () => (call === undefined ? undefined : (language: Language) => sample(language, call, currentTarget(version))),
    [call, version],
  )
  return <CodePanel title="The same call" source={source} empty="Appears with the first prediction, its real input included." />
}
