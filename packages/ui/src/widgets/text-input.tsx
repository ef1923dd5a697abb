import { useId } from 'react'
import type { LineUse } from '../form/form.ts'

export interface TextInputProps {
  readonly name: string
  readonly text: string
  readonly lines: LineUse
  /** False when the model takes one text at a time. */
  readonly takesMany: boolean
  readonly onChange: (text: string, lines: LineUse) => void
}

/** A text, or one text on each line. */
export function TextInput({ name, text, lines, takesMany, onChange }: TextInputProps) {
  const id = useId()
  const count = text.split('\n').filter((line) => line.trim() !== '').length
  return (
    <div className="text-input">
      <label className="field-name" htmlFor={id}>
        {name}
      </label>
      <textarea
        id={id}
        className="input"
        rows={5}
        placeholder="Write or paste a text"
        value={text}
        onChange={(event) => onChange(event.currentTarget.value, lines)}
      />
      {takesMany && (
        <label className="check">
          <input
            type="checkbox"
            checked={lines === 'each'}
            onChange={(event) => onChange(text, event.currentTarget.checked ? 'each' : 'one')}
          />
          Every line is a text of its own
          {lines === 'each' && <span className="quiet">{count === 1 ? '1 text' : `${count} texts`}</span>}
        </label>
      )}
    </div>
  )
}
