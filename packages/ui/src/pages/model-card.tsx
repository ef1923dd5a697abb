import type { ModelInfo } from '@slipway/client'
import { Figures } from '../live/figures.tsx'
import type { Point } from '../live/history.ts'
import { Sparkline } from '../live/sparkline.tsx'
import { shortDigest } from '../result/format.ts'
import { modelHref } from '../shell/route.ts'
import { SignatureView } from './signature-view.tsx'
import { StateBadge } from './state-badge.tsx'

export interface ModelCardProps {
  readonly model: ModelInfo
  readonly history: readonly Point[]
}

/** One model of the list. The whole card leads to its playground. */
export function ModelCard({ model, history }: ModelCardProps) {
  const version = model.versions.find(({ version }) => version === model.serving) ?? model.versions.at(-1)
  return (
    <article className="card">
      <header className="card-head">
        <h2>
          <a className="card-link" href={modelHref(model.name)}>
            {model.name}
          </a>
        </h2>
        <StateBadge model={model} />
      </header>
      <p className="card-task">{model.task.replaceAll('-', ' ')}</p>
      <p className="card-description">{model.description}</p>
      <SignatureView model={model} />
      <Figures stats={model.stats} />
      <Sparkline values={history.map(({ perSecond }) => perSecond)} label={`Requests per second of ${model.name} over the last minutes`} />
      {version !== undefined && (
        <footer className="card-foot quiet">
          version {version.version} <span className="mono">{shortDigest(version.digest)}</span>
        </footer>
      )}
    </article>
  )
}
