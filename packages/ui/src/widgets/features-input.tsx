import { useId, useState } from 'react'
import { type Column, typicalRow } from '../form/features.ts'
import { parseTable } from '../form/table.ts'
import { FeatureForm } from './feature-form.tsx'
import { FeatureTable } from './feature-table.tsx'
import { FilePick } from './file-pick.tsx'

export interface FeaturesInputProps {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
  readonly onCell: (column: number, text: string) => void
  readonly onRows: (rows: readonly (readonly string[])[]) => void
}

/** One row as a form, or many rows from a pasted table. */
export function FeaturesInput({ columns, rows, onCell, onRows }: FeaturesInputProps) {
  const [isPasting, setPasting] = useState(false)
  const reset = () => onRows([typicalRow(columns)])
  return (
    <div className="features-input">
      <div className="features-tools">
        <button type="button" className="button small" aria-expanded={isPasting} onClick={() => setPasting(!isPasting)}>
          Paste a table
        </button>
        <button type="button" className="button small" onClick={reset}>
          {rows.length > 1 ? 'Back to the form' : 'Typical values'}
        </button>
      </div>
      {isPasting && (
        <TablePaste
          columns={columns}
          onRows={(pasted) => {
            setPasting(false)
            onRows(pasted)
          }}
        />
      )}
      {rows.length > 1 ? (
        <FeatureTable columns={columns} rows={rows} />
      ) : (
        <FeatureForm columns={columns} cells={rows[0] ?? []} onCell={onCell} />
      )}
    </div>
  )
}

interface TablePasteProps {
  readonly columns: readonly Column[]
  readonly onRows: (rows: readonly (readonly string[])[]) => void
}

function TablePaste({ columns, onRows }: TablePasteProps) {
  const id = useId()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string>()
  const use = (table: string) => {
    const parsed = parseTable(
      table,
      columns.map(({ name }) => name),
    )
    setProblem('problem' in parsed ? parsed.problem : undefined)
    if (!('problem' in parsed)) onRows(parsed.rows)
  }
  return (
    <div className="table-paste">
      <label htmlFor={id}>
        Rows from a spreadsheet, or CSV with or without a header: {columns.length} {columns.length === 1 ? 'column' : 'columns'}
      </label>
      <textarea
        id={id}
        className="input code"
        rows={5}
        spellCheck={false}
        placeholder={columns.map(({ name }) => name).join(',')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {problem !== undefined && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="features-tools">
        <button type="button" className="button small" disabled={text.trim() === ''} onClick={() => use(text)}>
          Use these rows
        </button>
        <FilePick label="Open a CSV file" accept=".csv,.tsv,.txt,text/csv" onFile={(file) => void file.text().then(use)} />
      </div>
    </div>
  )
}
