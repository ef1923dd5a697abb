import { useId } from 'react'

export interface NumberFieldProps {
  readonly name: string
  readonly text: string
  readonly onText: (text: string) => void
  readonly range?: { readonly min: number; readonly max: number; readonly typical: number }
}

/** A number typed or slid. The slider covers what the model was trained on; the field takes anything. */
export function NumberField({ name, text, onText, range }: NumberFieldProps) {
  const id = useId()
  const value = Number(text)
  const isWrong = text.trim() === '' || Number.isNaN(value)
  const isOutside = range !== undefined && !isWrong && (value < range.min || value > range.max)
  return (
    <div className="field number-field">
      <label className="field-name" htmlFor={id}>
        {name}
      </label>
      <input
        id={id}
        className="input number"
        type="text"
        inputMode="decimal"
        autoComplete="off"
        value={text}
        aria-invalid={isWrong}
        onChange={(event) => onText(event.currentTarget.value)}
      />
      {range !== undefined && (
        <input
          type="range"
          className="slider"
          tabIndex={-1}
          aria-label={`${name}, from ${range.min} to ${range.max}`}
          min={range.min}
          max={range.max}
          step={stepOf(range)}
          value={isWrong ? range.typical : value}
          onChange={(event) => onText(event.currentTarget.value)}
        />
      )}
      {isOutside && (
        <span className="field-note">
          outside {range.min} – {range.max}, which the model was trained on
        </span>
      )}
    </div>
  )
}

/** About two hundred steps, at a round power of ten; whole numbers where the range is wide. */
function stepOf(range: { readonly min: number; readonly max: number }): number {
  const span = range.max - range.min
  return span > 0 ? 10 ** Math.floor(Math.log10(span / 50)) : 1
}
