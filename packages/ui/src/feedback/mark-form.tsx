import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import type { Mark } from './given.ts'

export interface MarkFormProps {
  readonly labels: readonly string[]
  readonly question: string
  readonly isStoring: boolean
  readonly takesFocus: boolean
  readonly onMark: (mark: Mark) => void
}

const LONGEST_NOTE = 500

/** Right with one press; wrong with one press, or with the right label where there are labels. A note goes with either. */
export function MarkForm({ labels, question, isStoring, takesFocus, onMark }: MarkFormProps) {
  const [isWrong, setWrong] = useState(false)
  const [hasNote, setNoted] = useState(false)
  const [label, setLabel] = useState('')
  const [note, setNote] = useState('')
  const id = useId()
  const first = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (takesFocus) first.current?.focus({ preventScroll: true })
  }, [takesFocus])
  const say = (mark: Mark) => onMark(note.trim() === '' ? mark : { ...mark, note: note.trim() })
  const sayWrong = () => say(label === '' ? { verdict: 'wrong' } : { verdict: 'relabelled', label })
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (isWrong) sayWrong()
  }
  return (
    <form onSubmit={onSubmit}>
      <fieldset disabled={isStoring} aria-busy={isStoring} aria-labelledby={id}>
        <div className="mark-row">
          <span id={id} className="mark-question">
            {question}
          </span>
          <button ref={first} type="button" className="button small" onClick={() => say({ verdict: 'right' })}>
            Right
          </button>
          {labels.length === 0 ? (
            <button type="button" className="button small" onClick={sayWrong}>
              Wrong
            </button>
          ) : (
            <button type="button" className="button small" aria-expanded={isWrong} onClick={() => setWrong(!isWrong)}>
              Wrong
            </button>
          )}
          <button type="button" className="button small plain" aria-expanded={hasNote} onClick={() => setNoted(!hasNote)}>
            Note
          </button>
        </div>
        {hasNote && <NoteField note={note} onNote={setNote} />}
        {isWrong && <LabelChoice labels={labels} label={label} onLabel={setLabel} />}
      </fieldset>
    </form>
  )
}

function NoteField({ note, onNote }: { readonly note: string; readonly onNote: (note: string) => void }) {
  return (
    <label className="mark-field">
      <span className="field-name">Note</span>
      <input
        className="input"
        value={note}
        maxLength={LONGEST_NOTE}
        placeholder="Kept with the mark"
        onChange={(event) => onNote(event.currentTarget.value)}
      />
    </label>
  )
}

interface LabelChoiceProps {
  readonly labels: readonly string[]
  readonly label: string
  readonly onLabel: (label: string) => void
}

function LabelChoice({ labels, label, onLabel }: LabelChoiceProps) {
  return (
    <div className="mark-row">
      <label className="mark-field">
        <span className="field-name">It is</span>
        <select className="input" value={label} onChange={(event) => onLabel(event.currentTarget.value)}>
          <option value="">I do not know</option>
          {labels.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <button type="submit" className="button small">
        {label === '' ? 'Mark wrong' : 'Relabel'}
      </button>
    </div>
  )
}
