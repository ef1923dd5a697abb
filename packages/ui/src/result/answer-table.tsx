import { useState } from 'react'
import { flatten } from '../form/nesting.ts'
import { AnswerDetail } from './answer-detail.tsx'
import { formatElement, formatNumber, formatShare } from './format.ts'
import { type AnswerRow, areShares, type Cell } from './rows.ts'

const SHOWN = 200

/** Many rows as a table; one of them can be opened to see all its scores. */
export function AnswerTable({ rows }: { readonly rows: readonly AnswerRow[] }) {
  const [opened, setOpened] = useState(0)
  const names = (rows[0] ?? []).map(({ name }) => name)
  const open = rows[Math.min(opened, rows.length - 1)]
  return (
    <div className="answer-table">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="table-scroll" tabIndex={0} aria-label="Answers by row">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">#</th>
              {names.map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
              <tr key={at} className={at === opened ? 'is-open' : ''}>
                <th scope="row">
                  <button type="button" className="row-button" aria-pressed={at === opened} onClick={() => setOpened(at)}>
                    {at + 1}
                  </button>
                </th>
                {row.map((cell) => (
                  <td key={cell.name}>
                    <Short cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length > SHOWN && <p className="quiet table-more">and {rows.length - SHOWN} more rows; all of them stand in the raw JSON</p>}
      </section>
      {open?.some((cell) => cell.kind === 'scores') && <AnswerDetail row={open} place={opened + 1} />}
    </div>
  )
}

function Short({ cell }: { readonly cell: Cell }) {
  if (cell.kind === 'label') return cell.text
  if (cell.kind === 'tensor') {
    const flat = flatten(cell.value)
    return <span className="mono">{flat.slice(0, 4).map(formatElement).join(', ') + (flat.length > 4 ? ', …' : '')}</span>
  }
  const best = cell.labels[0]
  if (best === undefined) return null
  return (
    <>
      {best.label} <span className="quiet">{areShares(cell.labels) ? formatShare(best.score) : formatNumber(best.score)}</span>
    </>
  )
}
