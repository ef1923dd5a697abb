/** Rows and runs that a server has made so far, of which the mean size of its batches is told. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BatchSource } from './contender.ts'

export interface Runs {
  readonly rows: number
  readonly runs: number
}

/** The sum of all series of one name in Prometheus' text form. */
export function sumOf(metrics: string, name: string): number {
  let sum = 0
  for (const line of metrics.split('\n'))
    if (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) sum += Number(line.slice(line.lastIndexOf(' ') + 1))
  return sum
}

/** What the processes of a peer have counted: 64-bit runs and rows in a file each. */
export function countedRuns(folder: string): Runs {
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file)))
  const whole = files.filter(({ length }) => length === 16)
  const total = (at: number) => whole.reduce((sum, file) => sum + Number(file.readBigInt64LE(at)), 0)
  return { runs: total(0), rows: total(8) }
}

export async function runsSoFar(source: BatchSource, port: number, counts: string): Promise<Runs | undefined> {
  if (source === 'single') return undefined
  if (source === 'counted') return countedRuns(counts)
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
  const text = await answer.text()
  return { rows: sumOf(text, source.rows), runs: sumOf(text, source.runs) }
}

/** Mean rows of a run between two readings; one when the server never joins. */
export function meanBatch(before: Runs | undefined, after: Runs | undefined): number | undefined {
  if (before === undefined || after === undefined) return 1
  const runs = after.runs - before.runs
  return runs > 0 ? (after.rows - before.rows) / runs : undefined
}
