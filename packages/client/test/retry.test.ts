import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffMs, RetryBudget, retryPolicy } from '../src/retry.ts'

test('over any span of calls, retries stay within the ratio and the floor', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 500 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(20),
      (events, ratio, floor) => {
        const budget = new RetryBudget(ratio, floor)
        // The bound holds from every point on, so the largest excess over all starts is what counts.
        let excess = 0
        for (const isCall of events) {
          if (isCall) {
            budget.earn()
            excess = Math.max(0, excess - ratio)
          } else if (budget.spend()) excess += 1
          assert.ok(excess <= floor + 1e-6, `${excess} above the ratio with a floor of ${floor}`)
        }
      },
    ),
  )
})

test('ten calls earn exactly one retry at a ratio of a tenth', () => {
  const budget = new RetryBudget(0.1, 1)
  assert.equal(budget.spend(), true)
  for (let call = 0; call < 9; call++) budget.earn()
  assert.equal(budget.spend(), false)
  budget.earn()
  assert.equal(budget.spend(), true)
  assert.equal(budget.spend(), false)
})

test('a back-off lies between zero and its step, which stops growing', () => {
  const policy = retryPolicy({ firstDelayMs: 50, mostDelayMs: 2000 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, chance) => {
      const delay = backoffMs(policy, attempt, () => chance)
      assert.ok(delay >= 0 && delay <= Math.min(2000, 50 * 2 ** (attempt - 1)))
    }),
  )
})

test('options that make no sense are refused by name', () => {
  assert.throws(() => retryPolicy({ attempts: 0 }), /^RangeError: retry.attempts must be a whole number from 1 up, got 0$/)
  assert.throws(() => retryPolicy({ attempts: 1.5 }), /retry.attempts/)
  assert.throws(() => retryPolicy({ budgetRatio: -1 }), /retry.budgetRatio must be a number from 0 up, got -1/)
  assert.throws(() => retryPolicy({ firstDelayMs: Number.NaN }), /retry.firstDelayMs/)
})
