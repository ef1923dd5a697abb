import { LabelBars } from './label-bars.tsx'
import { type AnswerRow, headline } from './rows.ts'
import { TensorView } from './tensor-view.tsx'

/** One row's answer in full: what was read in large letters, then each output. */
export function AnswerDetail({ row, place }: { readonly row: AnswerRow; readonly place?: number }) {
  const title = headline(row)
  const hasScores = row.some((cell) => cell.kind === 'scores')
  return (
    <div className="detail">
      {title !== '' && (
        <p className={place === undefined ? 'headline' : 'headline is-row'}>
          {place !== undefined && <span className="quiet">Row {place}</span>} {title}
        </p>
      )}
      {row.map((cell) => {
        if (cell.kind === 'scores') return <LabelBars key={cell.name} name={cell.name} labels={cell.labels} />
        if (cell.kind === 'tensor') return <TensorView key={cell.name} name={cell.name} value={cell.value} />
        // The label is the headline already, unless scores took that place and say something else.
        return cell.text === title ? null : (
          <p key={cell.name} className="label-line">
            <span className="quiet">{cell.name}</span> {hasScores ? cell.text : <strong>{cell.text}</strong>}
          </p>
        )
      })}
    </div>
  )
}
