import type { ModelStats } from '@slipway/client'
import { formatCount, formatMs, formatNumber, formatRate } from '../result/format.ts'
import { meanBatch } from './history.ts'

/** A model's live figures since it was loaded. */
export function Figures({ stats }: { readonly stats: ModelStats }) {
  const batch = meanBatch(stats)
  const { ready, wanted } = stats.replicas
  const latency = (ms: number) => (stats.latency.count === 0 ? '–' : formatMs(ms))
  const figures: readonly (readonly [string, string])[] = [
    ['Requests', formatCount(stats.requests)],
    ['per second', formatRate(stats.perSecond)],
    ['p50', latency(stats.latency.p50)],
    ['p99', latency(stats.latency.p99)],
    ['Mean batch', batch === undefined ? '–' : formatNumber(Math.round(batch * 10) / 10)],
    ['Replicas', ready === wanted ? String(ready) : `${ready} of ${wanted}`],
  ]
  return (
    <dl className="figures">
      {figures.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
