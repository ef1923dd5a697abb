import type { FeedbackInfo, FeedbackSummary, FeedbackVerdict, ModelInfo } from '@slipway/client'
import { useMemo } from 'react'
import { CopyButton } from '../call/copy-button.tsx'
import { formatAge, formatCount } from '../result/format.ts'
import { PixelCanvas } from '../widgets/pixel-canvas.tsx'
import { givenOf, saidOf } from './entry.ts'

export interface MarkedAnswersProps {
  readonly model: Pick<ModelInfo, 'name' | 'inputs' | 'outputs'>
  readonly summary: FeedbackSummary
}

const VERDICTS: readonly FeedbackVerdict[] = ['right', 'wrong', 'relabelled']

/** What people said of the model's answers: how often, lately, and how to take it out as a data set. */
export function MarkedAnswers({ model, summary }: MarkedAnswersProps) {
  const { counts, latest } = summary
  const origin = new URL('.', document.baseURI).href.replace(/\/$/, '')
  const command = `slipway feedback export --model ${model.name} --out ${model.name}-marked --url ${origin}`
  return (
    <section className="panel marked" aria-labelledby="marked-title">
      <header className="panel-head">
        <h2 id="marked-title">Marked answers</h2>
        <ul className="marked-counts">
          {VERDICTS.map((verdict) => (
            <li key={verdict}>
              <b className={`verdict-${verdict}`}>{formatCount(counts[verdict])}</b> {verdict}
            </li>
          ))}
        </ul>
      </header>
      {latest.length === 0 ? (
        <p className="quiet">None yet. Say of an answer whether it is right, and it is kept here with its input, to learn from.</p>
      ) : (
        <>
          <ul className="marked-list" aria-label="The last ones">
            {latest.map((entry) => (
              <MarkedEntry key={entry.id} entry={entry} model={model} />
            ))}
          </ul>
          <div className="marked-export">
            <code>{command}</code>
            <CopyButton text={command} />
          </div>
        </>
      )}
    </section>
  )
}

function MarkedEntry({ entry, model }: { readonly entry: FeedbackInfo; readonly model: MarkedAnswersProps['model'] }) {
  const given = useMemo(() => givenOf(entry, model.inputs), [entry, model.inputs])
  const said = useMemo(() => saidOf(entry, model.outputs), [entry, model.outputs])
  const { verdict, label, note, version, markedAt } = entry
  return (
    <li className="marked-entry">
      {'url' in given && <img className="thumb" src={given.url} alt="" />}
      {'pixels' in given && <PixelCanvas className="thumb" pixels={given.pixels} label="" />}
      <div className="marked-text">
        {'text' in given && <p className="marked-given">{given.text}</p>}
        <p className="marked-said">
          {label === undefined ? (
            <b>{said}</b>
          ) : (
            <>
              <s>{said}</s> → <b>{label}</b>
            </>
          )}{' '}
          <span className={`mark-said verdict-${verdict}`}>{verdict}</span>
        </p>
        {note !== undefined && <p className="marked-note">{note}</p>}
        <p className="quiet marked-when">
          version {version}, <time dateTime={markedAt}>{sinceText(markedAt)}</time>
        </p>
      </div>
    </li>
  )
}

const MINUTE_MS = 60_000

function sinceText(time: string): string {
  const ageMs = Date.now() - Date.parse(time)
  return ageMs < MINUTE_MS ? 'just now' : `${formatAge(ageMs)} ago`
}
