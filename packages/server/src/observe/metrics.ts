/** The registry of metrics. Label sets are bound once, when a model is loaded; what is bound is then updated without a look-up. */
import { type ExpositionFormat, renderFamily } from './exposition.ts'
import { bindSeries, dropSeries, type Labels, type MetricKind, type MetricOptions, openFamily, type StoredFamily } from './family.ts'
import { Counter, Gauge, Histogram } from './series.ts'

export interface HistogramOptions extends MetricOptions {
  /** Ascending upper bounds; 50 µs to 30 s in seconds when absent. */
  readonly buckets?: readonly number[]
}

export interface Family<Series> {
  /** The series of these label values, made on first use; a missing label is a RangeError. Past the registry's cap the series works but is not scraped. */
  with(labels: Labels): Series
}

export interface Metrics {
  /** Asking again for a name gives the same family; another kind or other labels under it are a RangeError. */
  counter(options: MetricOptions): Family<Counter>
  gauge(options: MetricOptions): Family<Gauge>
  histogram(options: HistogramOptions): Family<Histogram>
  /** Forgets every series that carries all of these labels; the answer is how many. */
  drop(labels: Labels): number
  /** Keeps the series with these labels until the answer is called; the last holder's call drops them. So a reload under one version does not lose the newcomer's. */
  hold(labels: Labels): () => void
  /** Prometheus text format 0.0.4, or OpenMetrics 1.0, in stable order. */
  render(format?: ExpositionFormat): string
}

/** 50 µs to 30 s, by about two, in seconds. */
const LATENCY_SECONDS: readonly number[] = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
]

/** A registry of its own; `maxSeries` bounds each metric, so that no flood of label values can fill the memory. */
export function createMetrics({ maxSeries = 2000 }: { readonly maxSeries?: number } = {}): Metrics {
  const families = new Map<string, StoredFamily>()
  const held = new Map<string, number>()
  const refused = openFamily(families, 'counter', {
    name: 'slipway_metrics_refused_series_total',
    help: 'Series that are not scraped because their metric is at its cap.',
    labels: ['metric'],
  })
  const refuse = (metric: string) => (bindSeries(refused, { metric }, { make: () => new Counter(), room: () => true }) as Counter).inc()

  const family = <Series extends Counter | Gauge | Histogram>(kind: MetricKind, options: MetricOptions, make: () => Series) => {
    const stored = openFamily(families, kind, options)
    const room = () => {
      if (stored.series.size < maxSeries) return true
      refuse(stored.name)
      return false
    }
    return { with: (labels: Labels) => bindSeries(stored, labels, { make, room }) as Series }
  }
  const drop = (labels: Labels) => [...families.values()].reduce((total, stored) => total + dropSeries(stored, labels), 0)

  return {
    counter: (options) => family('counter', options, () => new Counter()),
    gauge: (options) => family('gauge', options, () => new Gauge()),
    histogram: (options) => family('histogram', options, () => new Histogram(options.buckets ?? LATENCY_SECONDS)),
    drop,
    hold: (labels) => {
      const key = JSON.stringify(Object.entries(labels).sort())
      held.set(key, (held.get(key) ?? 0) + 1)
      let released = false
      return () => {
        if (released) return
        released = true
        const left = (held.get(key) as number) - 1
        if (left > 0) return void held.set(key, left)
        held.delete(key)
        drop(labels)
      }
    },
    render: (format = 'prometheus') => {
      const parts = [...families.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((stored) => renderFamily(stored, format))
      return parts.join('') + (format === 'openmetrics' ? '# EOF\n' : '')
    },
  }
}
