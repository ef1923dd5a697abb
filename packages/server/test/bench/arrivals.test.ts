import assert from 'node:assert/strict'
import { test } from 'node:test'
import { poissonArrivals } from '../../src/bench/arrivals.ts'

const gaps = (perSecond: number, seed: number, count: number) => {
  const next = poissonArrivals(perSecond, seed)
  let before = 0
  return Array.from({ length: count }, () => {
    const at = next()
    const gap = at - before
    before = at
    return gap
  })
}

test('arrivals come at the rate asked for, as scattered as a Poisson process is', () => {
  const seen = gaps(200, 7, 20_000)
  const mean = seen.reduce((sum, gap) => sum + gap, 0) / seen.length
  const variance = seen.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / seen.length
  assert.ok(Math.abs(mean - 5) < 0.15, `mean ${mean}`)
  // Gaps are exponential, so their deviation is their mean.
  assert.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.05)
})

test('the same seed makes the same arrivals, another one others', () => {
  assert.deepEqual(gaps(10, 1, 50), gaps(10, 1, 50))
  assert.notDeepEqual(gaps(10, 1, 50), gaps(10, 2, 50))
})
