import type { ModelInfo } from '@slipway/client'
import { formatName, formatNumber, formatShare } from '../result/format.ts'
import { apiHref } from '../shell/route.ts'
import { StateBadge } from './state-badge.tsx'
import { VersionChoice } from './version-choice.tsx'

export interface ModelHeadProps {
  readonly model: ModelInfo
  readonly versions: readonly (string | undefined)[]
  readonly onVersions: (versions: readonly (string | undefined)[]) => void
}

/** What the model is, how good it was measured to be, and which versions are asked. */
export function ModelHead({ model, versions, onVersions }: ModelHeadProps) {
  const ready = model.versions.filter(({ state }) => state === 'ready').map(({ version }) => version)
  const failed = model.serving === undefined ? model.versions.find(({ reason }) => reason !== undefined) : undefined
  return (
    <div className="model-head">
      <div className="model-title">
        <h1>{model.name}</h1>
        <StateBadge model={model} />
        <span className="task">{model.task.replaceAll('-', ' ')}</span>
        {Object.entries(model.metrics).map(([name, value]) => (
          <span className="metric" key={name}>
            <b>{isShare(name, value) ? formatShare(value) : formatNumber(value)}</b> {formatName(name)}
          </span>
        ))}
        <a href={apiHref(model.name)}>API</a>
      </div>
      <p className="model-description">{model.description}</p>
      {failed !== undefined && <p className="problems">No version is ready: {failed.reason}</p>}
      {ready.length > 1 && <VersionChoice ready={ready} serving={model.serving} versions={versions} onVersions={onVersions} />}
    </div>
  )
}

/** Accuracy and its relatives are shares; a loss or an error is not. */
function isShare(name: string, value: number): boolean {
  return value >= 0 && value <= 1 && /accuracy|precision|recall|f1|auc|share|rate/i.test(name)
}
