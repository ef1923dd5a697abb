import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NAMES, type PythonFindings } from '../python-models.ts'
import { pythonTables, pythonVerdicts } from '../python-targets.ts'

const row = (name: string, perSecond: number, rowsPerRun: number) => ({
  name,
  perSecond,
  rowsPerRun,
  p50: 1,
  p99: 1,
  answers: 1,
  failures: 0,
})
const FINDINGS: PythonFindings = {
  link: { wholeMs: 0.4, modelMs: 0.15, overheadMs: 0.25, overheadP99Ms: 0.5 },
  bare: [
    { rows: 1, ms: 7 },
    { rows: 16, ms: 8 },
  ],
  rows: [row(NAMES.asItIs, 190, 11.26), row(NAMES.converted, 500, 16), row(NAMES.fastapi, 100, 1), row(NAMES.tuned, 400, 1)],
}
const met = (findings: PythonFindings | undefined) => pythonVerdicts(findings).map((verdict) => verdict.met)

test('Python models are judged by the way without the model, and against FastAPI as documented', () => {
  assert.deepEqual(met(FINDINGS), [true, false, true])
  assert.equal(pythonVerdicts(FINDINGS)[1]?.measured, '1.90 ×')
  assert.deepEqual(met({ ...FINDINGS, link: { ...FINDINGS.link, overheadMs: 0.3 } }), [false, false, true])
})

test('what nobody could measure is neither met nor missed', () => {
  assert.deepEqual(met(undefined), [undefined, undefined, undefined])
  const withoutPeer = { ...FINDINGS, rows: FINDINGS.rows.filter(({ name }) => name !== NAMES.fastapi) }
  assert.deepEqual(met(withoutPeer), [true, undefined, undefined])
})

test('the tables say how many rows a run had, and what the pipeline takes by itself', () => {
  const text = pythonTables(FINDINGS)
  assert.match(text, /as it is +190 +1\.00 +1\.00 +11\.3 +0\n/)
  assert.match(text, /1 row 7\.0 ms, 16 rows 8\.0 ms/)
})
