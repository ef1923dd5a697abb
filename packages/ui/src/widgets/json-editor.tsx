import { useId } from 'react'
import { jsonProblem } from '../call/compose.ts'

export interface JsonEditorProps {
  readonly name: string
  readonly hint: string
  readonly json: string
  readonly onJson: (json: string) => void
}

const SHORTEST = 3
const LONGEST = 18

/** JSON as text; says at once when it is none. */
export function JsonEditor({ name, hint, json, onJson }: JsonEditorProps) {
  const id = useId()
  const problem = json.trim() === '' ? undefined : jsonProblem(json)
  return (
    <div className="json-editor">
      <label className="field-name" htmlFor={id}>
        {name} <span className="quiet mono">{hint}</span>
      </label>
      <textarea
        id={id}
        className="input code"
        rows={Math.min(LONGEST, Math.max(SHORTEST, json.split('\n').length))}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        value={json}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        onChange={(event) => onJson(event.currentTarget.value)}
      />
      <p id={`${id}-problem`} className="field-problem" aria-live="polite">
        {problem ?? ''}
      </p>
    </div>
  )
}
