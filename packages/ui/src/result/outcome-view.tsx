import type { OutputInfo } from '@slipway/client'
import { formatJson } from '../call/exact-json.ts'
import type { Outcome } from '../call/use-prediction.ts'
import { Failure } from '../shell/failure.tsx'
import { AnswerDetail } from './answer-detail.tsx'
import { AnswerTable } from './answer-table.tsx'
import { answerRows } from './rows.ts'
import { TimeBar } from './time-bar.tsx'

export interface OutcomeViewProps {
  readonly outcome: Outcome
  readonly outputs: readonly OutputInfo[]
  readonly shows: 'answer' | 'json'
}

/** What one version answered: rows or raw JSON, and where the time went. */
export function OutcomeView({ outcome, outputs, shows }: OutcomeViewProps) {
  if (outcome.answered === undefined) return <Failure error={outcome.failure} />
  const { answer, wallMs } = outcome.answered
  return (
    <div className="outcome">
      {shows === 'json' ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: code that scrolls must be reachable by keyboard
        <pre className="code-box raw" tabIndex={0}>
          {formatJson(answer)}
        </pre>
      ) : (
        <Rows rows={answerRows(answer, outputs)} />
      )}
      <TimeBar timing={answer.timing} wallMs={wallMs} batchRows={answer.batchRows} />
    </div>
  )
}

function Rows({ rows }: { readonly rows: ReturnType<typeof answerRows> }) {
  const [only] = rows
  if (only === undefined) return <p className="quiet">The answer has no rows.</p>
  return rows.length === 1 ? <AnswerDetail row={only} /> : <AnswerTable rows={rows} />
}
