/** What the figures must reach, each with what was measured. */
import type { Findings, Row } from './rounds.ts'

export interface Verdict {
  readonly what: string
  readonly target: string
  readonly measured: string
  /** Undefined when it could not be measured. */
  readonly met: boolean | undefined
}

/** Requests per second of one row against those of another, by their names. */
export function ratio(rows: readonly Row[], what: string, [ours, theirs]: readonly [string, string], least: number): Verdict {
  const [mine, others] = [ours, theirs].map((name) => rows.find((row) => row.name === name)?.perSecond)
  const target = `≥ ${least} ×`
  if (mine === undefined || others === undefined) return { what, target, measured: 'not measured', met: undefined }
  return { what, target, measured: `${(mine / others).toFixed(2)} ×`, met: mine / others >= least }
}

export function below(what: string, milliseconds: number | undefined, limit: number): Verdict {
  const target = `< ${limit} ms`
  if (milliseconds === undefined) return { what, target, measured: 'not measured', met: undefined }
  return { what, target, measured: `${milliseconds.toFixed(3)} ms`, met: milliseconds < limit }
}

export function verdicts(findings: Findings): readonly Verdict[] {
  const against = (peer: string, least: number) => {
    const names = ['Slipway', peer].map((name) => `${name} · 64 floats, 32 conn.`) as [string, string]
    return ratio(findings.rows, `requests/s at 32 connections against ${peer}`, names, least)
  }
  const p50 = (run: string) => findings.rows.find((row) => row.name === `Slipway · ${run}`)?.p50
  const image = p50('602 KB image, 1 conn.')
  return [
    against('FastAPI, as documented', 4),
    against('FastAPI, tuned by hand', 2),
    below('p50 of a small model at one connection', p50('64 floats, 1 conn.'), 1),
    below(
      'p50 that serving adds to the bare run, 602 KB FP32 sent binary',
      image === undefined ? undefined : image - findings.bareImageMs,
      2,
    ),
    below('first right answer after `slipway serve` starts', findings.firstAnswerMs, 1500),
  ]
}
