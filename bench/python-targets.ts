/** What Python models must reach, and how their figures are shown. */
import { NAMES, type PythonFindings } from './python-models.ts'
import { table } from './table.ts'
import { below, ratio, type Verdict } from './targets.ts'

const MOST_OVERHEAD_MS = 0.3
const LEAST_AS_IT_IS = 2
const LEAST_CONVERTED = 5

/** Against nothing where the peers' Python could not be provided. */
export function pythonVerdicts(findings: PythonFindings | undefined): readonly Verdict[] {
  const rows = findings?.rows ?? []
  const at32 = 'requests/s at 32 connections against FastAPI as documented'
  return [
    below('p50 of the way to a Python worker and back, 32 rows of two floats', findings?.link.overheadMs, MOST_OVERHEAD_MS),
    ratio(rows, `scikit-learn as it is, ${at32}`, [NAMES.asItIs, NAMES.fastapi], LEAST_AS_IT_IS),
    ratio(rows, `scikit-learn converted, ${at32}`, [NAMES.converted, NAMES.fastapi], LEAST_CONVERTED),
  ]
}

export function pythonTables({ link, bare, rows }: PythonFindings): string {
  const head = ['one customer as JSON, 32 connections', 'requests/s', 'p50 ms', 'p99 ms', 'rows/run', 'failures']
  const cells = rows.map((row) => [
    row.name,
    row.perSecond.toFixed(0),
    row.p50.toFixed(2),
    row.p99.toFixed(2),
    row.rowsPerRun.toFixed(1),
    String(row.failures),
  ])
  const ms = (value: number) => `${value.toFixed(3)} ms`
  const way = `way to a Python worker and back: p50 ${ms(link.wholeMs)}, of which the model ${ms(link.modelMs)}; without it p50 ${ms(link.overheadMs)}, p99 ${ms(link.overheadP99Ms)}`
  const runs = bare.map(({ rows: count, ms: took }) => `${count} ${count === 1 ? 'row' : 'rows'} ${took.toFixed(1)} ms`).join(', ')
  return `${table(head, cells)}\nthe pipeline by itself, one core: ${runs}\n${way}`
}
