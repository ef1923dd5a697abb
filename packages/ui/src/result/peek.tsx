import type { OutputInfo } from '@slipway/client'
import type { Prediction } from '../call/use-prediction.ts'
import { formatShare } from './format.ts'
import { answerRows, areShares, headline } from './rows.ts'

/** The answer in a word, beside the input: on a narrow screen the answer itself lies below the fold. */
export function Peek({ prediction, outputs }: { readonly prediction: Prediction; readonly outputs: readonly OutputInfo[] }) {
  const answer = prediction.outcomes[0]?.answered?.answer
  const rows = answer === undefined ? [] : answerRows(answer, outputs)
  const [row] = rows
  if (row === undefined || rows.length > 1) return null
  const scores = row.find((cell) => cell.kind === 'scores')
  const best = scores?.kind === 'scores' && areShares(scores.labels) ? scores.labels[0] : undefined
  return (
    <span className="peek" aria-hidden="true">
      <b>{headline(row)}</b> {best !== undefined && formatShare(best.score)}
    </span>
  )
}
