import type { OutputInfo } from '@slipway/client'

const SHOWN = 10

/** What the answer will look like, so that the page does not move when it comes. */
export function AnswerToCome({ outputs }: { readonly outputs: readonly OutputInfo[] }) {
  const scores = outputs.find((output) => output.as.kind === 'scores')
  const labels = scores?.as.kind === 'scores' ? scores.as.labels.slice(0, SHOWN) : []
  return (
    <div className="to-come">
      <p className="headline quiet">The answer appears here</p>
      <p className="quiet">Give an input, or choose an example.</p>
      <ol className="bars" aria-label="Possible answers">
        {labels.map((label) => (
          <li key={label} className="bar">
            <span className="bar-label">{label}</span>
            <span className="bar-value" />
            <span className="bar-track" aria-hidden="true" />
          </li>
        ))}
      </ol>
    </div>
  )
}
