import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { countedRuns, meanBatch, sumOf } from '../../peers/batches.ts'
import { parseWrk } from '../../peers/closed-loop.ts'

const told = (failures: number) =>
  `Running 2s test\n  1000 requests in 2.00s\n{"requests":1000,"seconds":2.0,"p50":1.5,"p99":9.25,"failures":${failures},"statusFailures":0}\n`

test('the figures of wrk are those of its script, and what failed is no answer', () => {
  assert.deepEqual(parseWrk(told(0)), { perSecond: 500, p50: 1.5, p99: 9.25, answers: 1000, failures: 0 })
  const failed = parseWrk(told(10))
  assert.equal(failed.perSecond, 495)
  assert.equal(failed.failures, 10)
})

test('a run of wrk without figures is an error that shows what it printed', () => {
  assert.throws(() => parseWrk('unable to connect'), /no figures:\nunable to connect/)
})

test('a metric is summed over its series, and not over those whose names begin alike', () => {
  const metrics = '# HELP rows_sum x\nrows_sum{model="a"} 40\nrows_sum{model="b"} 2\nrows_sum_total{model="a"} 900\nrows 7\n'
  assert.equal(sumOf(metrics, 'rows_sum'), 42)
  assert.equal(sumOf(metrics, 'rows'), 7)
})

test('rows a run are those between two readings, and one where the server never joins', () => {
  assert.equal(meanBatch({ rows: 10, runs: 10 }, { rows: 90, runs: 20 }), 8)
  assert.equal(meanBatch({ rows: 10, runs: 10 }, { rows: 10, runs: 10 }), undefined)
  assert.equal(meanBatch(undefined, undefined), 1)
})

test('the counts of all processes of a peer are added up', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-counts-'))
  try {
    const count = (runs: number, rows: number) => {
      const octets = Buffer.alloc(16)
      octets.writeBigInt64LE(BigInt(runs), 0)
      octets.writeBigInt64LE(BigInt(rows), 8)
      return octets
    }
    writeFileSync(join(folder, '17'), count(2, 30))
    writeFileSync(join(folder, '18'), count(3, 12))
    // A process that has just begun.
    writeFileSync(join(folder, '19'), '')
    assert.deepEqual(countedRuns(folder), { runs: 5, rows: 42 })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
