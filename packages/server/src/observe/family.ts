/** One metric and its series: names checked, label values bound. */
import type { Counter, Gauge, Histogram } from './series.ts'

export type Labels = Readonly<Record<string, string>>
export type MetricKind = 'counter' | 'gauge' | 'histogram'
type Series = Counter | Gauge | Histogram

export interface MetricOptions {
  readonly name: string
  readonly help: string
  /** Names of the labels, in the order they are written. */
  readonly labels?: readonly string[]
}

export interface StoredFamily {
  readonly kind: MetricKind
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  /** By the label values as JSON. */
  readonly series: Map<string, { readonly values: readonly string[]; readonly series: Series }>
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/

/** The family of that name, made on first use; a name, label or kind that does not fit is a RangeError. */
export function openFamily(families: Map<string, StoredFamily>, kind: MetricKind, options: MetricOptions): StoredFamily {
  const { name, help, labels = [] } = options
  const known = families.get(name)
  if (known !== undefined) {
    if (known.kind === kind && known.labels.join() === labels.join()) return known
    throw new RangeError(`metric ${name} is already a ${known.kind} with labels [${known.labels.join(', ')}]`)
  }
  if (!METRIC_NAME.test(name)) throw new RangeError(`"${name}" is no metric name`)
  const bad = labels.find((label) => !LABEL_NAME.test(label) || label === 'le')
  if (bad !== undefined) throw new RangeError(`metric ${name}: "${bad}" is no label name`)
  const stored: StoredFamily = { kind, name, help, labels: [...labels], series: new Map() }
  families.set(name, stored)
  return stored
}

interface Binding {
  readonly make: () => Series
  readonly room: () => boolean
}

/** The series of these label values; a new one is kept only if there is room. */
export function bindSeries(stored: StoredFamily, labels: Labels, { make, room }: Binding): Series {
  const values = stored.labels.map((label) => {
    const value = labels[label]
    if (value === undefined) throw new RangeError(`metric ${stored.name} needs a value for its label "${label}"`)
    return value
  })
  const key = JSON.stringify(values)
  const known = stored.series.get(key)
  if (known !== undefined) return known.series
  const series = make()
  if (room()) stored.series.set(key, { values, series })
  return series
}

/** Forgets the series that carry all of these labels; the answer is how many. */
export function dropSeries(stored: StoredFamily, labels: Labels): number {
  const wanted = Object.entries(labels).map(([label, value]) => ({ index: stored.labels.indexOf(label), value }))
  if (wanted.length === 0 || wanted.some(({ index }) => index < 0)) return 0
  let dropped = 0
  for (const [key, { values }] of stored.series) {
    if (!wanted.every(({ index, value }) => values[index] === value)) continue
    stored.series.delete(key)
    dropped += 1
  }
  return dropped
}
