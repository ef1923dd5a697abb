/** Metrics as text: Prometheus' format 0.0.4 and OpenMetrics 1.0. Sources: prometheus.io/docs/instrumenting/exposition_formats, the OpenMetrics specification. */
import type { StoredFamily } from './family.ts'
import { Histogram } from './series.ts'

export type ExpositionFormat = 'prometheus' | 'openmetrics'

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** The format that an Accept header asks for. */
export function expositionFormat(accept: string | undefined): ExpositionFormat {
  return accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus'
}

/** One metric with its HELP and TYPE lines; '' while it has no series. */
export function renderFamily(family: StoredFamily, format: ExpositionFormat): string {
  if (family.series.size === 0) return ''
  const { name, type } = heading(family, format)
  const lines = [`# HELP ${name} ${escapeHelp(family.help, format)}\n# TYPE ${name} ${type}\n`]
  const sorted = [...family.series].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [, { values, series }] of sorted) {
    const labels = family.labels.map((label, index) => `${label}="${escapeLabel(values[index] as string)}"`).join(',')
    if (series instanceof Histogram) lines.push(renderHistogram(family.name, labels, series))
    else lines.push(`${family.name}${labels === '' ? '' : `{${labels}}`} ${number(series.value)}\n`)
  }
  return lines.join('')
}

/** OpenMetrics names a counter without its _total, and knows no counter that lacks it. */
function heading(family: StoredFamily, format: ExpositionFormat): { name: string; type: string } {
  if (format === 'prometheus' || family.kind !== 'counter') return { name: family.name, type: family.kind }
  if (family.name.endsWith('_total')) return { name: family.name.slice(0, -'_total'.length), type: 'counter' }
  return { name: family.name, type: 'unknown' }
}

function renderHistogram(name: string, labels: string, histogram: Histogram): string {
  const before = labels === '' ? '' : `${labels},`
  const own = labels === '' ? '' : `{${labels}}`
  let total = 0
  let text = ''
  for (const [index, count] of histogram.counts.entries()) {
    total += count
    text += `${name}_bucket{${before}le="${number(histogram.bounds[index] ?? Number.POSITIVE_INFINITY)}"} ${total}\n`
  }
  return `${text}${name}_sum${own} ${number(histogram.sum)}\n${name}_count${own} ${total}\n`
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function escapeHelp(help: string, format: ExpositionFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped
}
