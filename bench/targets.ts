/** What the figures must reach, each with what was measured. */
import type { Findings } from './rounds.ts'

export interface Verdict {
  readonly what: string
  readonly target: string
  readonly measured: string
  /** Undefined when it could not be measured. */
  readonly met: boolean | undefined
}

function ratio(findings: Findings, peer: string, least: number): Verdict {
  const perSecond = (name: string) => findings.rows.find((row) => row.name === `${name} · 64 floats, 32 conn.`)?.perSecond
  const [ours, theirs] = [perSecond('Slipway'), perSecond(peer)]
  const what = `requests/s at 32 connections against ${peer}`
  if (ours === undefined || theirs === undefined) return { what, target: `≥ ${least} ×`, measured: 'not measured', met: undefined }
  return { what, target: `≥ ${least} ×`, measured: `${(ours / theirs).toFixed(2)} ×`, met: ours / theirs >= least }
}

function below(what: string, milliseconds: number | undefined, limit: number): Verdict {
  if (milliseconds === undefined) return { what, target: `< ${limit} ms`, measured: 'not measured', met: undefined }
  return { what, target: `< ${limit} ms`, measured: `${milliseconds.toFixed(3)} ms`, met: milliseconds < limit }
}

export function verdicts(findings: Findings): readonly Verdict[] {
  const p50 = (run: string) => findings.rows.find((row) => row.name === `Slipway · ${run}`)?.p50
  const image = p50('602 KB image, 1 conn.')
  return [
    ratio(findings, 'FastAPI, as documented', 4),
    ratio(findings, 'FastAPI, tuned by hand', 2),
    below('p50 of a small model at one connection', p50('64 floats, 1 conn.'), 1),
    below(
      'p50 that serving adds to the bare run, 602 KB FP32 sent binary',
      image === undefined ? undefined : image - findings.bareImageMs,
      2,
    ),
    below('first right answer after `slipway serve` starts', findings.firstAnswerMs, 1500),
  ]
}
