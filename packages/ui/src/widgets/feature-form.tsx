import type { Column } from '../form/features.ts'
import { NumberField } from './number-field.tsx'

export interface FeatureFormProps {
  readonly columns: readonly Column[]
  readonly cells: readonly string[]
  readonly onCell: (column: number, text: string) => void
}

/** One field for each column, with a slider where the model's range is known. */
export function FeatureForm({ columns, cells, onCell }: FeatureFormProps) {
  return (
    <div className="feature-form">
      {columns.map((column, index) => (
        <FeatureField
          key={`${column.input.name}/${column.name}`}
          column={column}
          text={cells[index] ?? ''}
          onText={(text) => onCell(index, text)}
        />
      ))}
    </div>
  )
}

interface FeatureFieldProps {
  readonly column: Column
  readonly text: string
  readonly onText: (text: string) => void
}

function FeatureField({ column, text, onText }: FeatureFieldProps) {
  const { input, name, range } = column
  if (input.datatype === 'BOOL') {
    return (
      <label className="field check-field">
        <input type="checkbox" checked={text === 'true'} onChange={(event) => onText(String(event.currentTarget.checked))} />
        <span className="field-name">{name}</span>
      </label>
    )
  }
  if (input.datatype === 'BYTES') {
    return (
      <label className="field">
        <span className="field-name">{name}</span>
        <input className="input" type="text" value={text} onChange={(event) => onText(event.currentTarget.value)} />
      </label>
    )
  }
  return <NumberField name={name} text={text} onText={onText} {...(range === undefined ? {} : { range })} />
}
