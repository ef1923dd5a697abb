import type { ModelInfo, OutputInfo } from '@slipway/client'
import { formatJson } from '../call/exact-json.ts'
import type { Outcome } from '../call/use-prediction.ts'
import { MarkAnswer } from '../feedback/mark-answer.tsx'
import { Failure } from '../shell/failure.tsx'
import { AnswerDetail } from './answer-detail.tsx'
import { AnswerTable } from './answer-table.tsx'
import { type AnswerRow, answerRows, headline } from './rows.ts'
import { TimeBar } from './time-bar.tsx'

export interface OutcomeViewProps {
  readonly outcome: Outcome
  readonly model: Pick<ModelInfo, 'name' | 'inputs' | 'outputs'>
  readonly shows: 'answer' | 'json'
  /** Called when the answer was marked or the mark taken back; absent where the server takes no marks. */
  readonly onMark?: () => void
}

/** What one version answered: rows or raw JSON, whether it is right, and where the time went. */
export function OutcomeView({ outcome, model, shows, onMark }: OutcomeViewProps) {
  if (outcome.answered === undefined) return <Failure error={outcome.failure} />
  const { answer, wallMs, requestId, text } = outcome.answered
  const rows = answerRows(answer, model.outputs)
  return (
    <div className="outcome">
      {shows === 'json' ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: code that scrolls must be reachable by keyboard
        <pre className="code-box raw" tabIndex={0}>
          {formatJson(answer)}
        </pre>
      ) : (
        <Rows rows={rows} />
      )}
      {onMark !== undefined && (
        <MarkAnswer
          key={requestId ?? text}
          model={model}
          exchange={{ call: outcome.call, answer, ...(requestId === undefined ? {} : { requestId }) }}
          labels={otherLabels(rows, model.outputs)}
          isMany={rows.length > 1}
          onChange={onMark}
        />
      )}
      <TimeBar timing={answer.timing} wallMs={wallMs} batchRows={answer.batchRows} />
    </div>
  )
}

/** What the one row could have been instead, in the model's own order; many rows share no label. */
function otherLabels(rows: readonly AnswerRow[], outputs: readonly OutputInfo[]): string[] {
  const scores = rows.length === 1 ? rows[0]?.find((cell) => cell.kind === 'scores') : undefined
  if (rows[0] === undefined || scores?.kind !== 'scores') return []
  const said = headline(rows[0])
  const as = outputs.find(({ name }) => name === scores.name)?.as
  const declared = as?.kind === 'scores' ? as.labels : []
  const labels = declared.length > 0 ? declared : scores.labels.map(({ label }) => label)
  return [...new Set(labels)].filter((label) => label !== said)
}

function Rows({ rows }: { readonly rows: readonly AnswerRow[] }) {
  const [only] = rows
  if (only === undefined) return <p className="quiet">The answer has no rows.</p>
  return rows.length === 1 ? <AnswerDetail row={only} /> : <AnswerTable rows={rows} />
}
