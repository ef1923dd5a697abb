import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelStats } from '@slipway/client'
import { HISTORY_POINTS, meanBatch, type Point, sparkarea, sparkline, withPoint } from '../../src/live/history.ts'

const stats = (perSecond: number): ModelStats => ({
  requests: 0,
  failures: 0,
  rows: 30,
  runs: 12,
  perSecond,
  latency: { count: 1, p50: 1, p99: 2 },
  phases: {},
  queueRows: 0,
  replicas: { ready: 1, wanted: 1, crashes: 0, killed: 0 },
  batchRows: [],
})

test('the oldest points are dropped', () => {
  let history: readonly Point[] = []
  for (let at = 0; at < HISTORY_POINTS + 5; at++) history = withPoint(history, stats(at), at)
  assert.equal(history.length, HISTORY_POINTS)
  assert.equal(history[0]?.at, 5)
  assert.equal(history.at(-1)?.perSecond, HISTORY_POINTS + 4)
})

test('the mean batch is rows per run, and nothing before the first run', () => {
  assert.equal(meanBatch(stats(0)), 2.5)
  assert.equal(meanBatch({ rows: 0, runs: 0 }), undefined)
})

test('the line ends at the right edge, and the area below it at the ground', () => {
  assert.match(sparkline([0, 5, 10], 100, 20), /L100,2$/)
  assert.match(sparkarea([0, 5, 10], 100, 20), /L100,20L[\d.]+,20Z$/)
})

test('one point makes no line, and no load makes a flat one', () => {
  assert.equal(sparkline([1], 100, 20), '')
  assert.match(sparkline([0, 0], 100, 20), /,19L100,19$/)
})
