import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Clock } from '../../src/base/clock.ts'
import { Distribution } from '../../src/observe/distribution.ts'
import { createRateMeter, createRecentSummary } from '../../src/observe/window.ts'

function handClock() {
  let now = 5_000_000
  const clock = { monotonic: () => now } as Clock
  return { clock, pass: (ms: number) => (now += ms) }
}

test('a steady rate reads as itself from the first second on, and decays to nothing', () => {
  const { clock, pass } = handClock()
  const meter = createRateMeter(clock)
  for (let tick = 1; tick <= 3000; tick++) {
    pass(10)
    meter.mark()
    if (tick >= 200 && tick % 50 === 0) assert.ok(Math.abs(meter.perSecond() - 100) < 6, `${meter.perSecond()} after ${tick}`)
  }
  pass(5000)
  assert.ok(meter.perSecond() > 40 && meter.perSecond() < 65)
  pass(6000)
  assert.equal(meter.perSecond(), 0)
})

test('a long pause clears every slot', () => {
  const { clock, pass } = handClock()
  const meter = createRateMeter(clock, 3)
  for (let index = 0; index < 100; index++) meter.mark()
  pass(1e9)
  assert.equal(meter.perSecond(), 0)
  meter.mark()
  assert.ok(meter.perSecond() > 0)
})

test('a recent summary forgets what is older than its window', () => {
  const { clock, pass } = handClock()
  const recent = createRecentSummary(clock, 10)
  for (let index = 0; index < 50; index++) recent.observe(1000)
  pass(6000)
  for (let index = 0; index < 50; index++) recent.observe(10)
  assert.equal(recent.summary().count, 100)
  assert.ok(recent.summary().p99 > 900)
  pass(6000)
  const { count, p50, p99 } = recent.summary()
  assert.equal(count, 50)
  assert.ok(p50 > 9 && p99 < 11, `${p50} ${p99}`)
})

test('a quantile of a distribution is within 13 % of the exact one', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.002, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 300 }), (values) => {
      const distribution = new Distribution()
      for (const value of values) distribution.observe(value)
      const sorted = values.toSorted((a, b) => a - b)
      for (const q of [0.5, 0.99, 1]) {
        const exact = sorted[Math.ceil(q * sorted.length) - 1] as number
        const read = distribution.quantile(q)
        assert.ok(Math.abs(read - exact) <= exact * 0.13, `q${q}: ${read} for ${exact}`)
      }
    }),
  )
})

test('a distribution holds what no latency should be', () => {
  const distribution = new Distribution()
  for (const value of [-1, 0, Number.NaN, Number.POSITIVE_INFINITY, 1e12]) distribution.observe(value)
  assert.equal(distribution.count, 5)
  assert.ok(Number.isFinite(distribution.quantile(1)))
  assert.equal(new Distribution().quantile(0.5), 0)
})
