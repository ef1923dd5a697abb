import { useEffect, useRef } from 'react'
import { explain } from '../call/failure.ts'
import type { Mark } from './given.ts'
import { MarkForm } from './mark-form.tsx'
import { type MarkingOptions, useMark } from './use-mark.ts'

export interface MarkAnswerProps extends MarkingOptions {
  /** What the answer may be relabelled as; none where it has no labels. */
  readonly labels: readonly string[]
  readonly isMany: boolean
}

/** Asks whether an answer is right; once said, says what was stored and takes it back. */
export function MarkAnswer({ labels, isMany, ...options }: MarkAnswerProps) {
  const { state, store, undo } = useMark(options)
  const problem = state.failure === undefined ? undefined : explain(state.failure).message
  const isMarked = 'id' in state
  return (
    // What is asked is no news; what was stored is, and says so itself.
    <div className="marking" aria-live="off">
      {isMarked ? (
        <Marked mark={state.mark} isUndoing={state.step === 'undoing'} onUndo={() => void undo()} />
      ) : (
        <MarkForm
          labels={labels}
          question={isMany ? 'Are these right?' : 'Is this right?'}
          isStoring={state.step === 'storing'}
          takesFocus={state.isBack}
          onMark={(mark) => void store(mark)}
        />
      )}
      {problem !== undefined && (
        <p className="field-problem" role="alert">
          {isMarked ? 'Not undone' : 'Not stored'}: {problem}
        </p>
      )}
    </div>
  )
}

interface MarkedProps {
  readonly mark: Mark
  readonly isUndoing: boolean
  readonly onUndo: () => void
}

function Marked({ mark, isUndoing, onUndo }: MarkedProps) {
  const undo = useRef<HTMLButtonElement>(null)
  // The button that was pressed is gone; what can be done next takes its focus.
  useEffect(() => {
    if (!isUndoing) undo.current?.focus({ preventScroll: true })
  }, [isUndoing])
  return (
    <div className="mark-row">
      <p className={`mark-said verdict-${mark.verdict}`} role="status">
        {mark.label === undefined ? `Marked ${mark.verdict}` : `Relabelled as “${mark.label}”`}
      </p>
      <button ref={undo} type="button" className="button small" disabled={isUndoing} onClick={onUndo}>
        Undo
      </button>
    </div>
  )
}
