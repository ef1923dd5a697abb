import type { Column } from '../form/features.ts'

export interface FeatureTableProps {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
}

const SHOWN = 50

/** The rows of a pasted table, as they will be sent. */
export function FeatureTable({ columns, rows }: FeatureTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="table-scroll" tabIndex={0} aria-label="Pasted rows">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">#</th>
            {columns.map((column) => (
              <th scope="col" key={`${column.input.name}/${column.name}`}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((cells, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
            <tr key={row}>
              <th scope="row">{row + 1}</th>
              {columns.map((column, index) => (
                <td key={`${column.input.name}/${column.name}`}>{cells[index]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && <p className="quiet table-more">and {rows.length - SHOWN} more rows</p>}
    </section>
  )
}
