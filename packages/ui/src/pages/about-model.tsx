import type { ModelInfo } from '@slipway/client'
import { Figures } from '../live/figures.tsx'
import type { Point } from '../live/history.ts'
import { Sparkline } from '../live/sparkline.tsx'
import { formatMs, formatRate, shortDigest } from '../result/format.ts'
import { SignatureView } from './signature-view.tsx'

export interface AboutModelProps {
  readonly model: ModelInfo
  readonly history: readonly Point[]
}

/** What is known of the model: signature, versions, how it runs, and its live figures. */
export function AboutModel({ model, history }: AboutModelProps) {
  const { batching, plan, rewrites } = model
  const last = history.at(-1)
  return (
    <section className="panel about" aria-labelledby="about-title">
      <header className="panel-head">
        <h2 id="about-title">About this model</h2>
      </header>
      <div className="about-grid">
        <div>
          <SignatureView model={model} />
          <h3>Versions</h3>
          <Versions model={model} />
        </div>
        <div>
          <Figures stats={model.stats} />
          <div className="sparks">
            <figure>
              <figcaption className="quiet">Requests per second {last !== undefined && <b>{formatRate(last.perSecond)}</b>}</figcaption>
              <Sparkline values={history.map(({ perSecond }) => perSecond)} label="Requests per second over the last minutes" />
            </figure>
            <figure>
              <figcaption className="quiet">
                Latency, p99 {last !== undefined && model.stats.latency.count > 0 && <b>{formatMs(last.p99)}</b>}
              </figcaption>
              <Sparkline values={history.map(({ p99 }) => p99)} label="99th percentile of latency over the last minutes" />
            </figure>
          </div>
          <h3>How it runs</h3>
          <ul className="facts">
            <li>
              {plan.replicas} {plan.replicas === 1 ? 'replica' : 'replicas'} × {plan.threads} {plan.threads === 1 ? 'thread' : 'threads'},{' '}
              {plan.isolation === 'process' ? 'each a process of its own' : 'inside the server’s process'}
            </li>
            {plan.fallback !== undefined && (
              <li>
                Runs by {plan.provider}, not as its settings prefer: {plan.fallback}
              </li>
            )}
            <li>
              {batching.on ? `Batches up to ${batching.maxRows} rows` : 'Not batched'}: {batching.why}
            </li>
            {rewrites.map((rewrite) => (
              <li key={rewrite}>{rewrite}</li>
            ))}
          </ul>
        </div>
      </div>
    </section>
  )
}

function Versions({ model }: { readonly model: ModelInfo }) {
  return (
    <ul className="versions">
      {model.versions.map(({ version, state, reason, digest }) => (
        <li key={version}>
          <b>{version}</b> <span className={`state state-${state}`}>{state}</span> <span className="mono quiet">{shortDigest(digest)}</span>
          {version === model.serving && <span className="quiet">serving</span>}
          {reason !== undefined && <p className="version-reason">{reason}</p>}
        </li>
      ))}
    </ul>
  )
}
