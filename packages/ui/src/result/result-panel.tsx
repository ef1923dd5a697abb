import type { ModelInfo } from '@slipway/client'
import { useId, useState } from 'react'
import type { Prediction } from '../call/use-prediction.ts'
import { AnswerToCome } from './answer-to-come.tsx'
import { OutcomeView } from './outcome-view.tsx'

export interface ResultPanelProps {
  readonly prediction: Prediction
  readonly model: Pick<ModelInfo, 'name' | 'inputs' | 'outputs'>
  /** Called when an answer was marked; absent where the server takes no marks. */
  readonly onMark?: () => void
}

/** The last answer, or two of them side by side. */
export function ResultPanel({ prediction, model, ...marking }: ResultPanelProps) {
  const [shows, setShows] = useState<'answer' | 'json'>('answer')
  const id = useId()
  const { outcomes, problems, isRunning } = prediction
  const hasAnswer = outcomes.some(({ answered }) => answered !== undefined)
  return (
    <section className="panel result" aria-labelledby={id} aria-busy={isRunning}>
      <header className="panel-head">
        <h2 id={id}>Answer</h2>
        {hasAnswer && (
          <button
            type="button"
            className="button small"
            aria-pressed={shows === 'json'}
            onClick={() => setShows(shows === 'json' ? 'answer' : 'json')}
          >
            Raw JSON
          </button>
        )}
      </header>
      {problems.length > 0 && (
        <ul className="problems" role="alert">
          {problems.slice(0, 5).map(({ input, message }) => (
            <li key={`${input} ${message}`}>{message}</li>
          ))}
          {problems.length > 5 && <li>and {problems.length - 5} more</li>}
        </ul>
      )}
      {outcomes.length === 0 && problems.length === 0 && <AnswerToCome outputs={model.outputs} />}
      <div className={`outcomes count-${outcomes.length}`} aria-live="polite">
        {outcomes.map((outcome) => (
          <div key={outcome.pin ?? ''} className="outcome-column">
            {outcomes.length > 1 && <h3 className="version-title">Version {outcome.pin}</h3>}
            <OutcomeView outcome={outcome} model={model} shows={shows} {...marking} />
          </div>
        ))}
      </div>
    </section>
  )
}
