import type { ScoredLabel } from '@slipway/client'
import { useState } from 'react'
import { formatNumber, formatShare } from './format.ts'
import { areShares } from './rows.ts'

export interface LabelBarsProps {
  readonly name: string
  readonly labels: readonly ScoredLabel[]
}

const SHOWN = 10

/** Labels with their scores as bars, best first. */
export function LabelBars({ name, labels }: LabelBarsProps) {
  const [showsAll, setShowsAll] = useState(false)
  const shares = areShares(labels)
  const top = Math.max(...labels.map(({ score }) => Math.abs(score)), Number.EPSILON)
  const shown = showsAll ? labels : labels.slice(0, SHOWN)
  return (
    <div className="bars-block">
      <ol className="bars" aria-label={name}>
        {shown.map(({ label, score }, place) => (
          <li key={label} className={place === 0 ? 'bar is-best' : 'bar'}>
            <span className="bar-label">{label}</span>
            <span className="bar-value">{shares ? formatShare(score) : formatNumber(score)}</span>
            <span className="bar-track" aria-hidden="true">
              <span className="bar-fill" style={{ width: `${Math.max(0, (shares ? score : Math.abs(score) / top) * 100)}%` }} />
            </span>
          </li>
        ))}
      </ol>
      {labels.length > SHOWN && (
        <button type="button" className="button small" onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? `The best ${SHOWN}` : `All ${labels.length}`}
        </button>
      )}
    </div>
  )
}
