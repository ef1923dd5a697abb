import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Forecast } from '../../../src/serving/batching/forecast.ts'

const run = (rows: number, busyMs: number, more: { unit?: number; transportMs?: number; alone?: boolean } = {}) => ({
  rows,
  unit: 1,
  busyMs,
  transportMs: 0.5,
  alone: true,
  ...more,
})

test('a frame that waited on its replica does not count as a long way', () => {
  const forecast = new Forecast({ maxRows: 8 })
  for (let round = 0; round < 20; round++) {
    forecast.ran(run(4, 10))
    forecast.ran(run(4, 10, { transportMs: 10, alone: false }))
  }
  assert.ok(Math.abs(forecast.timeOf(4, 1) - 10.5) < 0.1, `${forecast.timeOf(4, 1)}`)
})

test('requests that differ in their elements are learned by them: a long text is no slow row', () => {
  const forecast = new Forecast({ maxRows: 8 })
  for (let round = 0; round < 30; round++)
    for (const [rows, unit] of [
      [1, 10],
      [4, 10],
      [1, 80],
      [2, 80],
    ] as const)
      forecast.ran(run(rows, 1 + 0.1 * rows * unit, { unit, transportMs: 0 }))
  assert.ok(Math.abs(forecast.timeOf(3, 40) - 13) < 1.3, `${forecast.timeOf(3, 40)}`)
})

test('a backlog is told at the pace of the best throughput', () => {
  const forecast = new Forecast({ maxRows: 16 })
  for (let round = 0; round < 20; round++) for (const rows of [1, 4, 8, 16]) forecast.ran(run(rows, 4 + 0.25 * rows, { transportMs: 0 }))
  assert.ok(forecast.efficientRows > 12)
  assert.ok(Math.abs(forecast.backlogMs(160) - 80) < 8, `${forecast.backlogMs(160)}`)
})

test('a size is padded to a larger one only when both are known well and the gain is clear', () => {
  const forecast = new Forecast({ maxRows: 16 })
  for (let round = 0; round < 4; round++) for (const rows of [7, 8]) forecast.ran(run(rows, rows === 8 ? 4 : 6))
  assert.equal(forecast.fasterSize(7), undefined)
  for (let round = 0; round < 7; round++) for (const rows of [7, 8]) forecast.ran(run(rows, rows === 8 ? 4 : 6))
  assert.equal(forecast.fasterSize(7), 8)
  assert.equal(forecast.fasterSize(8), undefined)
})

test('a padded size is tried unpadded again after a while', () => {
  const forecast = new Forecast({ maxRows: 16 })
  for (let round = 0; round < 14; round++) for (const rows of [7, 8]) forecast.ran(run(rows, rows === 8 ? 4 : 6))
  for (let round = 0; round < 2000; round++) forecast.ran(run(8, 4))
  assert.equal(forecast.fasterSize(7), undefined)
})

test('a size that looked bad once is looked at again', () => {
  const forecast = new Forecast({ maxRows: 64 })
  for (let round = 0; round < 10; round++) for (const rows of [1, 2]) forecast.ran(run(rows, rows === 1 ? 9 : 47))
  for (let round = 0; round < 1500; round++) {
    forecast.ran(run(1, 9))
    if (forecast.curiosity(1, 64, 1) === 2) forecast.ran(run(2, 12))
  }
  assert.ok(forecast.timeOf(2, 1) < 25, `${forecast.timeOf(2, 1)}`)
})

test('now and then a size is tried that is not known, so that a wrong curve is put right', () => {
  const forecast = new Forecast({ maxRows: 64 })
  for (let round = 0; round < 20; round++) forecast.ran(run(1, 1))
  const tried = Array.from({ length: 64 }, () => forecast.curiosity(1, 64, 1)).filter((rows) => rows !== undefined)
  assert.deepEqual(tried, [2, 2])
  for (let round = 0; round < 4; round++) forecast.ran(run(2, 1.1))
  assert.deepEqual(
    Array.from({ length: 64 }, () => forecast.curiosity(1, 64, 1)).filter((rows) => rows !== undefined),
    [],
  )
})
