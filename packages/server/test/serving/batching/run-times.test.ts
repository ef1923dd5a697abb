import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RunTimes } from '../../../src/serving/batching/run-times.ts'

const taught = (curve: (rows: number) => number, sizes: readonly number[], rounds = 20): RunTimes => {
  const times = new RunTimes()
  for (let round = 0; round < rounds; round++) for (const rows of sizes) times.observe(rows, curve(rows))
  return times
}
const near = (actual: number, expected: number, part = 0.1) =>
  assert.ok(Math.abs(actual - expected) <= part * expected, `${actual} is not within ${100 * part} % of ${expected}`)

test('nothing is known before the first run, and a seed is as good as one', () => {
  assert.equal(new RunTimes().known, false)
  assert.equal(new RunTimes().of(4), 0)
  const seeded = new RunTimes([
    { rows: 1, ms: 3 },
    { rows: 8, ms: 10 },
  ])
  near(seeded.of(1), 3)
  near(seeded.of(8), 10)
})

test('a constant and a cost for each row are told apart, also for sizes never seen', () => {
  const times = taught((rows) => 2 + 0.5 * rows, [2, 5, 20])
  for (const rows of [1, 3, 10, 60]) near(times.of(rows), 2 + 0.5 * rows)
})

test('steps are seen where sizes recur: 9 rows cost as much as 16', () => {
  const times = taught((rows) => 4 * Math.ceil(rows / 8), [1, 4, 8, 9, 12, 16])
  near(times.of(8), 4)
  near(times.of(9), 8)
  near(times.of(16), 8)
})

test('one disturbed run moves little; a model that has become slower is believed within some runs, as one that has become faster', () => {
  const times = taught((rows) => rows, [1, 4, 8])
  times.observe(8, 500)
  assert.ok(times.of(8) < 9, `one outlier moved it to ${times.of(8)}`)
  for (let run = 0; run < 40; run++) times.observe(8, 24)
  near(times.of(8), 24)
  for (let run = 0; run < 60; run++) times.observe(8, 6)
  near(times.of(8), 6)
})

test('what has not been seen for long gives way to what has', () => {
  const times = taught((rows) => rows, [1, 4, 16])
  for (let run = 0; run < 5000; run++) times.observe(run % 2 === 0 ? 1 : 16, run % 2 === 0 ? 3 : 48)
  near(times.of(4), 12, 0.3)
})

test('whatever it is told the curve neither falls nor breaks, and memory is bounded', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0, max: 1e12 }), fc.double({ min: -1, max: 1e6 })), { minLength: 1, maxLength: 300 }),
      (runs) => {
        const times = new RunTimes()
        for (const [rows, ms] of runs) times.observe(rows, ms)
        let before = 0
        for (let rows = 0.5; rows < 1e13; rows *= 1.3) {
          const ms = times.of(rows)
          assert.ok(Number.isFinite(ms) && ms >= before - 1e-6 * Math.max(1, before), `${ms} after ${before} at ${rows}`)
          before = ms
        }
        assert.ok(times.points().length < 400)
      },
    ),
  )
})

test('noise of a third either way is averaged out', () => {
  const times = new RunTimes()
  let state = 1
  const random = () => {
    state = (state * 16807) % 2147483647
    return state / 2147483647
  }
  for (let run = 0; run < 400; run++) {
    const rows = 1 + Math.floor(random() * 16)
    times.observe(rows, (1 + rows) * (0.67 + 0.66 * random()))
  }
  for (const rows of [2, 8, 16]) near(times.of(rows), 1 + rows, 0.2)
})
