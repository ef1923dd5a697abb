import { formatMs } from './format.ts'
import { segments } from './timing.ts'

export interface TimeBarProps {
  readonly timing: Readonly<Record<string, number>>
  readonly wallMs: number
  readonly batchRows: number
}

/** Where the time of the last answer went, from the click to the answer. */
export function TimeBar({ timing, wallMs, batchRows }: TimeBarProps) {
  const parts = segments(timing, wallMs)
  return (
    <section className="time" aria-label="Where the time went">
      <h3>
        Where the time went <span className="quiet">{formatMs(wallMs)} in all</span>
      </h3>
      <div className="time-bar" aria-hidden="true">
        {parts.map(({ phase, share }) => (
          <span key={phase} className={`time-part phase-${phase}`} style={{ flexGrow: share }} />
        ))}
      </div>
      <ul className="time-legend">
        {parts.map(({ phase, label, ms }) => (
          <li key={phase}>
            <span className={`swatch phase-${phase}`} aria-hidden="true" />
            {label} <b>{formatMs(ms)}</b>
          </li>
        ))}
      </ul>
      <p className="quiet">
        {batchRows === 1 ? 'The model ran this row alone.' : `The model ran ${batchRows} rows at once, these among them.`}
      </p>
    </section>
  )
}
