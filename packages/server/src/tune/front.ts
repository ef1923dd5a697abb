/** What nothing else beats: more throughput only at a longer p99. And how that looks as text. */
import type { Point } from './setting.ts'

export interface Spot extends Pick<Point, 'rowsPerSecond' | 'p99Ms'> {
  readonly name: string
}

/** The spots that no other one beats in throughput and p99 both, the quickest first. */
export function paretoFront<One extends Spot>(spots: readonly One[]): readonly One[] {
  const front: One[] = []
  for (const spot of spots.toSorted((a, b) => a.p99Ms - b.p99Ms || b.rowsPerSecond - a.rowsPerSecond))
    if (spot.rowsPerSecond > (front.at(-1)?.rowsPerSecond ?? 0)) front.push(spot)
  return front
}

export interface PlotOptions {
  readonly width: number
  readonly height: number
  readonly targetP99Ms: number
}

/** Left of the plot: figures of the axis. */
const MARGIN = 9

/** Throughput upwards, p99 to the right by its logarithm: ● on the front, · elsewhere, │ the target. */
export function plotFront(spots: readonly Spot[], { width, height, targetP99Ms }: PlotOptions): readonly string[] {
  const shown = spots.filter(({ p99Ms }) => Number.isFinite(p99Ms) && p99Ms > 0)
  if (shown.length === 0) return []
  const columns = Math.max(20, width - MARGIN - 2)
  const ends = [...shown.map(({ p99Ms }) => p99Ms), ...(Number.isFinite(targetP99Ms) ? [targetP99Ms] : [])]
  const [from, to] = [Math.log(Math.min(...ends) / 1.2), Math.log(Math.max(...ends) * 1.2)]
  const most = Math.max(...shown.map(({ rowsPerSecond }) => rowsPerSecond))
  const columnOf = (p99Ms: number) => Math.round(((Math.log(p99Ms) - from) / (to - from)) * (columns - 1))
  const lineOf = (rowsPerSecond: number) => height - 1 - Math.round((rowsPerSecond / most) * (height - 1))
  const cells = Array.from({ length: height }, () => Array.from({ length: columns }, () => ' '))
  const put = (spot: Spot, mark: string) => {
    const line = cells[lineOf(spot.rowsPerSecond)]
    if (line !== undefined) line[columnOf(spot.p99Ms)] = mark
  }
  if (Number.isFinite(targetP99Ms)) for (const line of cells) line[columnOf(targetP99Ms)] = '│'
  for (const spot of shown) put(spot, '·')
  for (const spot of paretoFront(shown)) put(spot, '●')
  const label = (index: number) => (index === 0 ? Math.round(most).toLocaleString('en') : index === height - 1 ? '0' : '')
  const axis = `${milliseconds(Math.exp(from))}${' '.repeat(Math.max(1, columns - 16))}p99 ${milliseconds(Math.exp(to))}`
  return [
    `${'rows/s'.padStart(MARGIN)} │`,
    ...cells.map((line, index) => `${label(index).padStart(MARGIN)} │${line.join('')}`),
    `${' '.repeat(MARGIN)} └${'─'.repeat(columns)}`,
    `${' '.repeat(MARGIN + 2)}${axis}`,
  ]
}

/** Three digits are enough for people: `0.84 ms`, `12 ms`. */
export function milliseconds(ms: number): string {
  if (!Number.isFinite(ms)) return '∞'
  return `${ms < 10 ? ms.toFixed(ms < 1 ? 2 : 1) : Math.round(ms).toLocaleString('en')} ms`
}
