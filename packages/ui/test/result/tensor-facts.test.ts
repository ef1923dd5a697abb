import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tensorFacts } from '../../src/result/tensor-facts.ts'

test('range and mean are those of the finite numbers', () => {
  assert.deepEqual(
    tensorFacts([
      [1, 'NaN'],
      [3, 2],
    ]),
    { shape: [2, 2], count: 4, range: { min: 1, max: 3, mean: 2 } },
  )
})

test('text has no range', () => {
  assert.deepEqual(tensorFacts(['a', 'b']), { shape: [2], count: 2 })
})
