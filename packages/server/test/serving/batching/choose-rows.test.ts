import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chooseRows, efficientRows, type Situation } from '../../../src/serving/batching/choose-rows.ts'

const ones = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const choose = (waiting: number, timeOf: (rows: number) => number, more: Partial<Situation> = {}) =>
  chooseRows({ ends: ones(waiting), free: 1, budgetMs: Number.POSITIVE_INFINITY, shaped: true, timeOf, ...more })

test('where a run costs much and a row little, all are taken', () =>
  assert.deepEqual(
    choose(32, (rows) => 0.2 + 0.001 * rows),
    { entries: 32, reason: 'all' },
  ))

test('where rows are all that costs, the first are answered before the last are run', () => {
  const { entries, reason } = choose(32, (rows) => 0.05 + 3 * rows)
  assert.ok(entries < 20, `${entries} were taken`)
  assert.equal(reason, 'marginal')
})

test('with many more behind only throughput counts', () => {
  const timeOf = (rows: number) => 0.5 + 3 * rows
  assert.ok(choose(32, timeOf).entries < 20)
  assert.equal(choose(32, timeOf, { behind: 1000 }).entries, 32)
})

test('with steps a run is filled to the step and no further: 8 of 9', () => {
  const steps = (rows: number) => 1 + 8 * Math.ceil(rows / 8)
  assert.deepEqual(choose(9, steps), { entries: 8, reason: 'marginal' })
  assert.deepEqual(
    choose(16, (rows) => 20 + 8 * Math.ceil(rows / 8)),
    { entries: 16, reason: 'all' },
  )
})

test('where a run grows faster than its rows, the size of the best throughput is taken', () => {
  const { entries } = choose(64, (rows) => 2 + 0.1 * rows + 0.05 * rows * rows)
  assert.ok(entries >= 5 && entries <= 8, `${entries} were taken`)
})

test('rows are divided among idle replicas when rows cost, and kept together when runs do', () => {
  assert.ok(choose(8, (rows) => 0.1 + 3 * rows, { free: 4 }).entries <= 2)
  assert.equal(choose(8, (rows) => 1 + 3 * rows, { free: 4 }).entries, 2)
  assert.equal(choose(8, (rows) => 5 + 0.01 * rows, { free: 4 }).entries, 8)
})

test('the latency target bounds a run; where not even one request can keep it, throughput counts', () => {
  assert.deepEqual(
    choose(32, (rows) => 5 + rows, { budgetMs: 15 }),
    { entries: 10, reason: 'target' },
  )
  assert.equal(choose(32, (rows) => 50 + 0.1 * rows, { budgetMs: 15 }).entries, 32)
})

test('requests are never divided: a choice is one of whole requests', () =>
  assert.equal(choose(3, (rows) => 1 + rows, { ends: [5, 10, 15], budgetMs: 12 }).entries, 2))

test('before rows of different numbers have run, all are taken', () =>
  assert.deepEqual(
    choose(8, (rows) => rows, { shaped: false }),
    { entries: 8, reason: 'all' },
  ))

test('whatever the curve, at least one request is taken, never more than wait, never past a budget that one can keep', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 80 }),
      fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 0, max: 6 }),
      fc.double({ min: 0.1, max: 50, noNaN: true }),
      (sizes, steps, free, budgetMs) => {
        let rows = 0
        const ends = sizes.map((size) => (rows += size))
        const timeOf = (count: number) => {
          let ms = 0
          for (let row = 0; row < count; row++) ms += steps[row % steps.length] as number
          return ms
        }
        const { entries } = chooseRows({ ends, free, budgetMs, shaped: true, timeOf })
        assert.ok(entries >= 1 && entries <= sizes.length)
        if (timeOf(ends[0] as number) <= budgetMs) assert.ok(timeOf(ends[entries - 1] as number) <= budgetMs)
      },
    ),
  )
})

test('the efficient size is the least that comes close to the best throughput', () => {
  assert.equal(
    efficientRows(64, (rows) => 3 * rows),
    1,
  )
  assert.ok(efficientRows(64, (rows) => 1 + 0.001 * rows) > 55)
  assert.equal(
    efficientRows(64, (rows) => 8 * Math.ceil(rows / 8)),
    8,
  )
})
