/** The last minutes of a model's figures, kept by the page: the server keeps none. */
import type { ModelStats } from '@slipway/client'

export interface Point {
  readonly at: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

export const HISTORY_POINTS = 120
const FEWEST_SHOWN = 40

/** The history with one more point; the oldest are dropped beyond `HISTORY_POINTS`. */
export function withPoint(history: readonly Point[], stats: ModelStats, at: number): readonly Point[] {
  const point = { at, perSecond: stats.perSecond, p50: stats.latency.p50, p99: stats.latency.p99 }
  return [...history.slice(1 - HISTORY_POINTS), point]
}

/** Rows per run on average since the model was loaded; undefined before the first run. */
export function meanBatch(stats: Pick<ModelStats, 'rows' | 'runs'>): number | undefined {
  return stats.runs === 0 ? undefined : stats.rows / stats.runs
}

/** SVG path of a line through `values` in a box of `width` × `height`, newest at the right edge, lowest value 0. */
export function sparkline(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return ''
  const top = Math.max(...values, Number.EPSILON)
  const step = stepOf(values, width)
  const from = width - step * (values.length - 1)
  const points = values.map((value, index) => `${round(from + index * step)},${round(height - 1 - (value / top) * (height - 3))}`)
  return `M${points.join('L')}`
}

/** The same line closed along the bottom, to be filled. */
export function sparkarea(values: readonly number[], width: number, height: number): string {
  const line = sparkline(values, width, height)
  if (line === '') return ''
  const from = round(width - stepOf(values, width) * (values.length - 1))
  return `${line}L${width},${height}L${from},${height}Z`
}

/** A young history already takes a good part of the width; a full one takes all of it. */
const stepOf = (values: readonly number[], width: number): number => width / (Math.max(FEWEST_SHOWN, values.length) - 1)
const round = (value: number): number => Math.round(value * 10) / 10
