import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Findings, median } from '../rounds.ts'
import { verdicts } from '../targets.ts'

const row = (name: string, perSecond: number, p50: number) => ({ name, perSecond, p50, p99: p50, answers: 1, failures: 0 })

test('the median of an even number of values is between the middle two', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 3, 2]), 2.5)
})

test('targets are judged by what was measured, and one that was not measured is no success', () => {
  const findings: Findings = {
    rows: [
      row('Slipway · 64 floats, 32 conn.', 8000, 1),
      row('Slipway · 64 floats, 1 conn.', 3000, 0.4),
      row('Slipway · 602 KB image, 1 conn.', 500, 2.5),
      row('FastAPI, as documented · 64 floats, 32 conn.', 1000, 1),
    ],
    firstAnswerMs: 1600,
    bareImageMs: 0.1,
  }
  assert.deepEqual(
    verdicts(findings).map(({ met }) => met),
    [true, undefined, true, false, false],
  )
})
